/** Records below one another: with one parent, and with several. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gallery, record, to, type Gallery, sorted } from '../../testing/gallery.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

async function terms(at: Gallery, ...names: string[]) {
  const made = await at.api(
    'POST',
    '/api/v1/db/term',
    names.map((name) => record('term', { name })),
  )
  return made.body.map(({ term }: { term: { _id: number } }) => term._id) as number[]
}
/** Parents as they are stored. */
async function parentsOf(at: Gallery, id: number) {
  const rows = await server.database.tenant(at.id).read(
    (sql) => sql<{ id: number }[]>`
      select p.object_id::int as id from record c join record_parent_link l on l.instance_id = c.instance_id and l.child_id = c.system_id
      join record p on p.instance_id = l.instance_id and p.system_id = l.parent_id
      where c.instance_id = ${at.id} and c.object_id = ${id} and c.table_id = 8 order by 1`,
  )
  return rows.map((row) => row.id)
}

describe('records with several parents', () => {
  it('take them as links, as bare ids and as lookups, and give them up when they are left out', async () => {
    const at = await gallery(server)
    const [a, b, c] = (await terms(at, 'a', 'b', 'c')) as [number, number, number]
    const parents = [to('term', a), { _id: b }, { 'lookup:_id': { name: 'c' } }, null]
    const { term } = await at.saved('term', { name: 'd', _parents: parents })
    expect(await parentsOf(at, term._id)).toEqual([a, b, c])
    await at.saved('term', { _id: term._id, _version: 2, name: 'd', _parents: [to('term', b)] })
    expect(await parentsOf(at, term._id)).toEqual([b])
    await at.saved('term', { _id: term._id, _version: 3, name: 'd' })
    expect(await parentsOf(at, term._id)).toEqual([])
  })

  it('400: are never their own ancestors, on whatever way', async () => {
    const at = await gallery(server)
    const [a, b] = (await terms(at, 'a', 'b')) as [number, number]
    const { term } = await at.saved('term', { name: 'c', _parents: [to('term', a), to('term', b)] })
    const circle = await at.api('POST', '/api/v1/db/term', [record('term', { _id: a, _version: 2, name: 'a', _parents: [to('term', term._id)] })])
    expect(circle.body).toMatchObject({ code: 'SchemaInconsistent' })
    const itself = await at.api('POST', '/api/v1/db/term', [record('term', { _id: a, _version: 2, name: 'a', _parents: [to('term', a)] })])
    expect(itself.body).toMatchObject({ code: 'SchemaInconsistent' })
    const twice = await at.api('POST', '/api/v1/db/term', [record('term', { name: 'd', _parents: [to('term', a), to('term', a)] })])
    expect(twice.body).toMatchObject({ code: 'SchemaInconsistent' })
  })

  it('400: cannot close a circle among new records of one request', async () => {
    const at = await gallery(server)
    const circle = [
      record('term', { _id: 101, name: 'x', _parents: [to('term', 102)] }),
      record('term', { _id: 102, name: 'y', _parents: [to('term', 101)] }),
    ]
    expect((await at.api('POST', '/api/v1/db/term', circle)).body).toMatchObject({ code: 'SchemaInconsistent' })
    const chain = [record('place', { _id: 101, name: 'x', _id_parent: 102 }), record('place', { _id: 102, name: 'y' })]
    expect((await at.api('POST', '/api/v1/db/place', chain)).status).toBe(200)
  })

  it('close no circle when two requests turn them round at once', async () => {
    const at = await gallery(server)
    for (let round = 0; round < 5; round++) {
      const [a, b] = (await terms(at, `a${round}`, `b${round}`)) as [number, number]
      const answers = await Promise.all([
        at.api('POST', '/api/v1/db/term', [record('term', { _id: a, _version: 2, name: 'a', _parents: [to('term', b)] })]),
        at.api('POST', '/api/v1/db/term', [record('term', { _id: b, _version: 2, name: 'b', _parents: [to('term', a)] })]),
      ])
      expect(sorted(answers.map(({ status }) => status))).toEqual([200, 400])
    }
  })
})

describe('children that are sent inside their parent', () => {
  const CHILDREN = '_reverse_nested:place:_id_parent'
  it('are put below it, kept, and deleted with what is below them', async () => {
    const at = await gallery(server)
    const { place } = await at.saved('place', { name: 'city', [CHILDREN]: [{ name: 'harbour' }, { name: 'hall' }] })
    const all = async () =>
      (
        (await at.api('GET', '/api/v1/db/place/place__main/list?format=long')).body as {
          place: { _id: number; name: string; _id_parent: number | null }
        }[]
      ).map(({ place: { name, _id_parent } }) => [name, _id_parent])
    expect(await all()).toEqual([
      ['city', null],
      ['harbour', place._id],
      ['hall', place._id],
    ])
    const harbour = place._id + 1
    await at.saved('place', { name: 'pier', _id_parent: harbour })
    await at.saved('place', { _id: place._id, _version: 2, name: 'city', [CHILDREN]: [{ _id: harbour + 1, _version: 1 }] })
    expect(await all()).toEqual([
      ['city', null],
      ['hall', place._id],
    ])
  })
})
