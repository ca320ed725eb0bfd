import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const linkTo = (column_name_hint: string, name_hint: string) => ({ columns: [{ column_name_hint }], referenced_table: { name_hint } })
/** A film archive: films with a sequel and a prequel that mirror each other, and a cast to which rows are only added. */
const schema = {
  version: 1,
  type: 'user',
  tables: [
    {
      name: 'film',
      columns: [
        { name: 'title', type: 'text' },
        { name: 'sequel', type: 'link' },
        { name: 'prequel', type: 'link', bidirectional_reverse: true },
      ],
      foreign_keys: [linkTo('sequel', 'film'), linkTo('prequel', 'film')],
      bidirectional: [{ columns: [{ column_name_hint: 'sequel' }, { column_name_hint: 'prequel' }] }],
    },
    {
      name: 'film__cast',
      owned_by: { other_table_name_hint: 'film' },
      columns: [
        { name: 'character', type: 'text' },
        { name: 'lead', type: 'boolean' },
      ],
    },
    {
      name: 'film__cast__takes',
      owned_by: { other_table_name_hint: 'film__cast' },
      columns: [
        { name: 'number', type: 'number' },
        { name: 'good', type: 'boolean' },
      ],
    },
    {
      name: 'shelf',
      is_hierarchical: true,
      columns: [
        { name: 'name', type: 'text' },
        { kind: 'reverse_link', other_table_name_hint: 'reel', other_column_name_hint: 'shelf' },
      ],
    },
    { name: 'reel', columns: [{ name: 'shelf', type: 'link', reverse_edit: true }], foreign_keys: [linkTo('shelf', 'shelf')] },
  ],
}
const field = (column_name_hint: string) => ({ kind: 'field', column_name_hint, edit: { mode: 'edit' } })
const nested = (other_table_name_hint: string, edit: object, fields: object[]) => ({
  kind: 'linked-table',
  other_table_name_hint,
  edit: { mode: 'edit', ...edit },
  mask: { fields },
})
const masks = {
  masks: [
    {
      name: 'film__main',
      table_name_hint: 'film',
      is_preferred: true,
      fields: [
        ...['title', 'sequel', 'prequel'].map(field),
        nested('film__cast', { append_only: true }, [
          field('character'),
          field('lead'),
          nested('film__cast__takes', {}, ['number', 'good'].map(field)),
        ]),
      ],
    },
    { name: 'shelf__main', table_name_hint: 'shelf', is_preferred: true, fields: [field('name')] },
    {
      name: 'shelf__flat',
      table_name_hint: 'shelf',
      system_fields: { parent: { output: { mode: 'off' }, edit: { mode: 'off' } } },
      fields: [field('name')],
    },
  ],
}

async function archive(): Promise<TestInstance> {
  const at = await server.instance()
  for (const [path, body] of [
    ['/api/v1/schema/user/HEAD', schema],
    ['/api/v1/mask/HEAD', masks],
    ['/api/v1/schema/commit?confirm=yes&reindex=skip', undefined],
  ] as const) {
    const { status, text } = await at.api('POST', path, body)
    expect([status, text]).toEqual([200, text])
  }
  return at
}
const film = (block: object) => ({ _objecttype: 'film', _mask: 'film__main', film: block })
const to = (_id: number) => ({ _objecttype: 'film', film: { _id } })

describe('a film archive through POST /db/{objecttype}', () => {
  it('takes rows that may only be added back as it has answered them', async () => {
    const at = await archive()
    const cast = [{ character: 'Maria', '_nested:film__cast__takes': [{ number: 1 }, { number: 2, good: true }] }]
    const made = await at.api('POST', '/api/v1/db/film?format=full', [film({ title: 'M', '_nested:film__cast': cast })])
    const { _id, '_nested:film__cast': rows } = made.body[0].film
    expect(rows[0].lead).toBe(false)
    const longer = [...rows, { character: 'Freder' }]
    const changed = await at.api('POST', '/api/v1/db/film?format=full', [film({ _id, _version: 2, title: 'M', '_nested:film__cast': longer })])
    expect([changed.status, changed.body[0]?.film['_nested:film__cast'].length]).toEqual([200, 2])
    const other = [{ ...longer[0], lead: true }]
    const refused = await at.api('POST', '/api/v1/db/film', [film({ _id, _version: 3, title: 'M', '_nested:film__cast': other })])
    expect(refused.body.code).toBe('SchemaInconsistent')
  })

  it('answers an empty list with an empty list', async () => {
    const at = await archive()
    for (const query of ['', '?dry_run=1&format=full']) {
      const { status, body } = await at.api('POST', `/api/v1/db/film${query}`, [])
      expect([status, body]).toEqual([200, []])
    }
    expect((await at.api('POST', '/api/v1/db/nothing', [])).body.code).toBe('UnknownObjecttype')
  })

  it('writes both sides of a mirrored link, or one where the request says so', async () => {
    const at = await archive()
    const linksOf = async (id: number) => {
      const { prequel, sequel } = (await at.api('GET', `/api/v1/db/film/film__main/${id}`)).body[0].film
      return [prequel?.film._id ?? null, sequel?.film._id ?? null]
    }
    await at.api('POST', '/api/v1/db/film', [film({ _id: 1, title: 'one' })])
    expect((await at.api('POST', '/api/v1/db/film', [film({ _id: 2, title: 'two', prequel: to(1) })])).status).toBe(200)
    expect([await linksOf(1), await linksOf(2)]).toEqual([
      [null, 2],
      [1, null],
    ])
    expect((await at.api('POST', '/api/v1/db/film?skip_bidirectional_update=1', [film({ _id: 3, title: 'three', prequel: to(1) })])).status).toBe(200)
    expect(await linksOf(1)).toEqual([null, 2])
    expect((await at.api('POST', '/api/v1/db/film', [film({ _id: 2, _version: 2, title: 'two' })])).status).toBe(200)
    expect(await linksOf(1)).toEqual([null, null])
  })

  it('keeps the parent behind a mask that hides it', async () => {
    const at = await archive()
    const shelf = (mask: string, block: object) => at.api('POST', '/api/v1/db/shelf', [{ _objecttype: 'shelf', _mask: mask, shelf: block }])
    const parentOf = async () => (await at.api('GET', '/api/v1/db/shelf/shelf__main/2')).body[0].shelf._id_parent as number | null
    await shelf('shelf__main', { _id: 1, name: 'room' })
    await shelf('shelf__main', { _id: 2, name: 'shelf', _id_parent: 1 })
    await shelf('shelf__flat', { _id: 2, _version: 2, name: 'Shelf' })
    expect(await parentOf()).toBe(1)
    await shelf('shelf__main', { _id: 2, _version: 3, name: 'Shelf' })
    expect(await parentOf()).toBe(null)
  })
})
