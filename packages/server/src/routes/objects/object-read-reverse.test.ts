import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readingArchive, to, type Json, type ReadingArchive } from '../../testing/reading-archive.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const LETTERS = '_reverse_nested:letter:author'
const NOTES = '_reverse_nested:note:letter'
const CHILDREN = '_reverse_nested:place:_id_parent'

/** Two artists, three letters of the first one, notes on the first letter. */
async function correspondence(): Promise<ReadingArchive> {
  const archive = await readingArchive(server)
  await archive.save('artist', { name: 'Ann' }, { name: 'Bob' })
  await archive.save(
    'letter',
    { author: to('artist', 1), subject: 'First', sent: { value: '1901' }, _mask: 'letter__main' },
    { author: to('artist', 1), subject: 'Latest', sent: { value: '1905-02' } },
    { author: to('artist', 1), subject: 'Undated' },
  )
  await archive.save('note', { letter: to('letter', 1), text: 'a note', artist: to('artist', 1) }, { letter: to('letter', 1), text: 'another' })
  return archive
}
const subjects = (record: Json | undefined) => record?.artist[LETTERS]?.map((row: Json) => row.subject)

describe('reverse rows', () => {
  it('are the records that link here, without an envelope, with the rows that link to them', async () => {
    const { read, pool } = await correspondence()
    const [artist] = await read('artist/artist__main/1?format=long')
    const _pool = { _basetype: 'pool', pool: { _id: pool, name: { 'en-US': 'Prints' } } }
    expect(artist?.artist).toMatchObject({ _id: 1, _version: 1, name: 'Ann' })
    expect(artist?.artist[LETTERS]).toEqual([
      { _id: 2, _version: 1, _pool, subject: 'Latest', sent: { value: '1905-02' } },
      {
        ...{ _id: 1, _version: 1, _pool, subject: 'First', sent: { value: '1901' } },
        [NOTES]: [
          { _id: 1, _version: 1, text: 'a note', artist: expect.objectContaining({ _format: 'standard', artist: { _id: 1, _version: 1 } }) },
          { _id: 2, _version: 1, text: 'another' },
        ],
      },
      { _id: 3, _version: 1, _pool, subject: 'Undated' },
    ])
  })

  it('show empty fields and empty slots in the full format only', async () => {
    const { read } = await correspondence()
    const [full] = await read('artist/artist__main/1')
    expect(full?.artist[LETTERS][2]).toEqual({
      ...{ _id: 3, _version: 1, _pool: expect.anything(), subject: 'Undated', sent: null, about: null },
      ...{ '_nested:letter__pages': [], [NOTES]: [] },
    })
    const [empty] = await read('artist/artist__main/2')
    expect(empty?.artist[LETTERS]).toEqual([])
    expect(Object.keys((await read('artist/artist__main/2?format=long'))[0]?.artist)).toEqual(['_id', '_version', 'name'])
  })

  it('come for each record of a page, by id where the mask names no order', async () => {
    const { read, save } = await correspondence()
    await save('letter', { author: to('artist', 2), subject: 'From Bob' })
    const list = await read('artist/artist__plain/list?format=long')
    expect(list.map(subjects)).toEqual([['First', 'Latest', 'Undated'], ['From Bob']])
  })

  it.each(['short', 'standard', 'standard_extended'])('are no part of the %s format', async (format) => {
    const { read } = await correspondence()
    expect(Object.keys((await read(`artist/artist__main/1?format=${format}`))[0]?.artist)).toEqual(['_id', '_version'])
  })

  it.each(['long', 'full', 'long_inheritance', 'full_inheritance', 'standard_extended'])(
    'are left out of the %s format on request',
    async (format) => {
      const { read } = await correspondence()
      const [record] = await read(`artist/artist__main/1?format=${format}&skip_reverse_nested=1`)
      expect(JSON.stringify(record)).not.toContain('Latest')
      expect(record?.artist[LETTERS]).toBeUndefined()
    },
  )

  it('leave out what is in the trash, and show a changed row at once', async () => {
    const { read, save, api } = await correspondence()
    await api('DELETE', '/api/v1/db/letter', [[3, 1, null]])
    await save('letter', { _id: 1, _version: 2, author: to('artist', 1), subject: 'Changed' })
    expect((await read('artist/artist__plain/list?format=long')).map(subjects)).toEqual([['Changed', 'Latest'], undefined])
    await save('letter', { _id: 1, _version: 3, author: to('artist', 2), subject: 'Moved' })
    expect((await read('artist/artist__plain/list?format=long')).map(subjects)).toEqual([['Latest'], ['Moved']])
  })

  it('of an old version are those of its moment, as they were', async () => {
    const { read, save, api } = await correspondence()
    const change = (_version: number, name: string) => save('artist', { _id: 1, _version, name, _mask: 'artist__rename' })
    await change(2, 'Anna')
    await save('letter', { _id: 1, _version: 2, author: to('artist', 2), subject: 'Given away' })
    await api('DELETE', '/api/v1/db/letter', [[3, 1, null]])
    await save('letter', { author: to('artist', 1), subject: 'New' })
    await change(3, 'Annie')
    expect(subjects((await read('artist/artist__plain/1?version=2&format=long'))[0])).toEqual(['First', 'Latest', 'Undated'])
    const all = await read('artist/artist__plain/1?all_versions=1&format=long')
    expect(all.map((record) => [record.artist.name, subjects(record)])).toEqual([
      ['Ann', undefined],
      ['Anna', ['First', 'Latest', 'Undated']],
      ['Annie', ['Latest', 'New']],
    ])
    const [old] = await read('artist/artist__main/1?version=2')
    expect(old?.artist[LETTERS].map((row: Json) => [row._version, row[NOTES].length])).toEqual([
      [1, 0],
      [1, 2],
      [1, 0],
    ])
  })

  it('are part of the list of values', async () => {
    const { read } = await correspondence()
    const [record] = await read('artist/artist__plain/1?format=standard_extended')
    const row = (subject: string) => ({ _values: [{ api_name: 'subject', display_name: { 'en-US': 'subject' }, type: 'text', text: subject }] })
    expect(record?._values.slice(1)).toEqual([
      {
        ...{ api_name: 'letter:author', display_name: { 'en-US': 'letter:author' }, type: 'reverse_nested' },
        reverse_nested: ['First', 'Latest', 'Undated'].map(row),
      },
    ])
  })

  it('stand in what a save answers, unless it skips them', async () => {
    const { api } = await correspondence()
    const body = [{ _objecttype: 'artist', _mask: 'artist__plain', artist: { name: 'Cid' } }]
    expect((await api('POST', '/api/v1/db/artist?format=full', body)).body[0].artist).toEqual({ _id: 3, _version: 1, name: 'Cid', [LETTERS]: [] })
    const skipped = await api('POST', '/api/v1/db/artist?format=full&skip_reverse_nested=1', body)
    expect(skipped.body[0].artist).toEqual({ _id: 4, _version: 1, name: 'Cid' })
  })
})

describe('reverse rows that the caller may not read', () => {
  it('are left out, and shown as soon as they may be read', async () => {
    const { api, signIn, pool, tables } = await correspondence()
    await api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'mia' }, _password: 'correct horse battery', _system_rights: {} }])
    const mia = await signIn('mia', 'correct horse battery')
    const users = (await api('GET', '/api/v1/user')).body as Json[]
    const who = { _basetype: 'user', user: { _id: users.find(({ user }) => user.login === 'mia')?.user._id } }
    const types = (await api('GET', '/api/v1/objecttype')).body as Json[]
    const { objecttype } = types.find((type) => type.objecttype._id === tables.get('artist')) as Json
    const settings = { _basetype: 'objecttype', objecttype: { ...objecttype, _version: objecttype._version + 1 } }
    const rights = { read: {}, write: {}, mask: {} }
    expect(await api('POST', '/api/v1/objecttype', [{ ...settings, _acl: [{ who, rights }] }])).toMatchObject({ status: 200 })
    const rename = async (_version: number) => {
      const body = [{ _objecttype: 'artist', _mask: 'artist__shown', artist: { _id: 1, _version, name: `Name ${_version}` } }]
      return api('POST', '/api/v1/db/artist?format=full', body, { token: mia })
    }
    const blind = await rename(2)
    expect(blind).toMatchObject({ status: 200 })
    expect(blind.body[0].artist[LETTERS]).toEqual([])
    expect(blind.body[0]._generated_rights).toEqual({ read: expect.anything(), write: expect.anything() })
    const [{ pool: stored }] = (await api('GET', `/api/v1/pool/${pool}`)).body
    const granted = [{ _basetype: 'pool', pool: { ...stored, _version: stored._version + 1 }, _acl: [{ who, rights: { read: {} } }] }]
    expect(await api('POST', '/api/v1/pool', granted)).toMatchObject({ status: 200 })
    expect(subjects((await rename(3)).body[0])).toEqual(['First', 'Latest', 'Undated'])
  })
})

describe('children', () => {
  it('are listed one level deep, by their chosen place and then by id', async () => {
    const { read, save, sql } = await readingArchive(server)
    await save('place', { name: { 'en-US': 'Europe' } })
    await save('place', ...['Portugal', 'Spain', 'France'].map((name) => ({ name: { 'en-US': name }, _id_parent: 1 })))
    await save('place', { name: { 'en-US': 'Porto' }, _id_parent: 2 })
    const names = async () => (await read('place/place__main/1'))[0]?.place[CHILDREN].map((row: Json) => row.name['en-US'])
    expect(await names()).toEqual(['Portugal', 'Spain', 'France'])
    await sql(`update record set child_idx = 1 where object_id = 4`)
    expect(await names()).toEqual(['France', 'Portugal', 'Spain'])
    expect((await read('place/place__main/1'))[0]?.place[CHILDREN][0]).toEqual({
      ...{ _id: 4, _version: 1, _id_parent: 1, _parent_child_idx: 1, name: { 'en-US': 'France' } },
    })
    expect((await read('place/place__main/4'))[0]?.place._parent_child_idx).toBe(1)
  })
})

describe('an answer', () => {
  it('that would hold too many rows is refused with 400, but what was saved is answered without them', async () => {
    const { api, save, sql } = await readingArchive(server)
    await save('place', { name: { 'en-US': 'Europe' } })
    await sql(`insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, content, parent_id)
      select instance_id, 1000 + n, table_id, 1000 + n, gen_random_uuid(), 1, schema_version, now(), now(), '{}', system_id
      from record cross join generate_series(1, 20001) n`)
    const path = '/api/v1/db/place/place__main/1'
    expect(await api('GET', path)).toMatchObject({ status: 400, body: { code: 'AnswerTooLarge', parameters: { limit: 20000 } } })
    expect((await api('GET', `${path}?skip_reverse_nested=1`)).status).toBe(200)
    expect((await api('GET', `${path}?format=standard`)).status).toBe(200)
    const renamed = [{ _objecttype: 'place', _mask: 'place__main', place: { _id: 1, _version: 2, name: { 'en-US': 'The continent' } } }]
    const saved = await api('POST', '/api/v1/db/place?format=long', renamed)
    expect(saved.body[0]?.place).toEqual({ _id: 1, _version: 2, _id_parent: null, name: { 'en-US': 'The continent' } })
  })
})
