/** Links that two records have to each other: written on one side, kept true on both. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gallery, record, to, type Gallery, sorted } from '../../testing/gallery.ts'
import { inconsistencies } from '../../testing/record-consistency.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const worksOf = async (at: Gallery, person: number) =>
  ((await at.read('person', person)).person['_nested:person__works'] ?? []).map((row: { work?: { work: { _id: number } } }) => row.work?.work._id)
const artistOf = async (at: Gallery, work: number) => (await at.read('work', work)).work.artist?.person._id
const versionOf = async (at: Gallery, type: string, id: number) => (await at.read(type, id))[type]._version as number

async function people(at: Gallery, ...names: string[]) {
  const made = await at.api(
    'POST',
    '/api/v1/db/person',
    names.map((name) => record('person', { name })),
  )
  return made.body.map(({ person }: { person: { _id: number } }) => person._id) as number[]
}

describe('a mirrored link', () => {
  it('appears on the other side, also in its nested rows, as a new version there', async () => {
    const at = await gallery(server)
    const [ada] = (await people(at, 'Ada')) as [number]
    const work = await at.saved('work', { reference: 'a', artist: to('person', ada) })
    expect(await worksOf(at, ada)).toEqual([work.work._id])
    expect(await versionOf(at, 'person', ada)).toBe(2)
  })

  it('moves with the side that is changed: the old partner loses it, the new one gains it', async () => {
    const at = await gallery(server)
    const [ada, ben] = (await people(at, 'Ada', 'Ben')) as [number, number]
    const { work } = await at.saved('work', { reference: 'a', artist: to('person', ada) })
    await at.saved('work', { _id: work._id, _version: 2, reference: 'a', artist: to('person', ben) })
    expect([await worksOf(at, ada), await worksOf(at, ben)]).toEqual([[], [work._id]])
  })

  it('is taken from the record that a partner with room for one had before', async () => {
    const at = await gallery(server)
    const [ada, ben] = (await people(at, 'Ada', 'Ben')) as [number, number]
    const { work } = await at.saved('work', { reference: 'a', artist: to('person', ada) })
    await at.saved('person', { _id: ben, _version: 1 + 1, name: 'Ben', '_nested:person__works': [{ work: to('work', work._id) }] })
    expect(await artistOf(at, work._id)).toBe(ben)
    expect(await worksOf(at, ada)).toEqual([])
  })

  it('keeps rows that say more than the link when the link goes', async () => {
    const at = await gallery(server)
    const { work } = await at.saved('work', { reference: 'a' })
    const { person } = await at.saved('person', { name: 'Ada', '_nested:person__works': [{ work: to('work', work._id), remark: 'early' }] })
    await at.saved('work', { _id: work._id, _version: 3, reference: 'a' })
    expect((await at.read('person', person._id)).person['_nested:person__works']).toMatchObject([{ remark: 'early' }])
    expect(await worksOf(at, person._id)).toEqual([undefined])
  })

  it('may mirror itself: partners have each other, and a third one breaks them up', async () => {
    const at = await gallery(server)
    const made = await at.api(
      'POST',
      '/api/v1/db/work',
      ['a', 'b', 'c'].map((reference) => record('work', { reference })),
    )
    const [a, b, c] = made.body.map(({ work }: { work: { _id: number } }) => work._id) as [number, number, number]
    const partnerOf = async (id: number) => (await at.read('work', id)).work.partner?.work._id
    await at.saved('work', { _id: a, _version: 2, reference: 'a', partner: to('work', b) })
    expect([await partnerOf(a), await partnerOf(b)]).toEqual([b, a])
    await at.saved('work', { _id: c, _version: 2, reference: 'c', partner: to('work', a) })
    expect([await partnerOf(a), await partnerOf(b), await partnerOf(c)]).toEqual([c, undefined, a])
    await at.saved('work', { _id: a, _version: 4, reference: 'a', partner: to('work', a) })
    expect([await partnerOf(a), await partnerOf(c)]).toEqual([a, undefined])
  })

  it('400: is refused when a request puts two records where one has room', async () => {
    const at = await gallery(server)
    const { work } = await at.saved('work', { reference: 'a' })
    const both = ['b', 'c'].map((reference) => record('work', { reference, partner: to('work', work._id) }))
    expect(await at.api('POST', '/api/v1/db/work', both)).toMatchObject({ status: 400, body: { code: 'SchemaInconsistent' } })
    expect(await versionOf(at, 'work', work._id)).toBe(1)
  })

  it('makes a new version of a partner that the request names without changing it', async () => {
    const at = await gallery(server)
    const [a, b] = [await at.saved('work', { reference: 'a' }), await at.saved('work', { reference: 'b' })]
    const answer = await at.api('POST', '/api/v1/db/work', [
      record('work', { _id: [a.work._id], reference: 'a' }),
      record('work', { _id: b.work._id, _version: 2, reference: 'b', partner: to('work', a.work._id) }),
    ])
    expect(answer.status).toBe(200)
    expect((await at.read('work', a.work._id)).work).toMatchObject({ _version: 2, partner: { work: { _id: b.work._id } } })
    expect(await inconsistencies(server, at)).toEqual([])
  })

  it('holds on both sides after many saves at once', async () => {
    const at = await gallery(server)
    const persons = await people(at, 'a', 'b', 'c', 'd')
    const made = await at.api(
      'POST',
      '/api/v1/db/work',
      ['1', '2', '3', '4', '5', '6'].map((reference) => record('work', { reference })),
    )
    const works = made.body.map(({ work }: { work: { _id: number } }) => work._id) as number[]
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        works.map(async (id, i) => {
          const { _version, reference } = (await at.read('work', id)).work
          const artist = to('person', persons[(i * 7 + round) % persons.length] ?? 0)
          return at.api('POST', '/api/v1/db/work', [record('work', { _id: id, _version: _version + 1, reference, artist })])
        }),
      )
      expect(answers.filter(({ status }) => ![200, 400, 423].includes(status))).toEqual([])
    }
    const fromWorks = await Promise.all(works.map(async (id) => [await artistOf(at, id), id]))
    const fromPersons = await Promise.all(persons.map(async (id) => (await worksOf(at, id)).map((work: number) => [id, work])))
    expect(sorted(fromPersons.flat())).toEqual(sorted(fromWorks.filter(([artist]) => artist !== undefined)))
  })
})
