/** Links to records that do not exist yet. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gallery, record, to, type Gallery, sorted } from '../../testing/gallery.ts'
import { inconsistencies } from '../../testing/record-consistency.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { workshop } from '../../testing/workshop.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const awaiting = (type: string, name: object) => ({
  _objecttype: type,
  _mask: '_all_fields',
  [type]: { 'lookup:_id': { ...name, _allow_defer: true } },
})
const artistOf = async (at: Gallery, work: number) => (await at.read('work', work)).work.artist

describe('a link that waits for its target', () => {
  it('is stored, says that the target is not there, and leads to it once it has come', async () => {
    const at = await gallery(server)
    const _uuid = randomUUID()
    const { work } = await at.saved('work', { reference: 'a', artist: awaiting('person', { _uuid }) })
    expect(await artistOf(at, work._id)).toMatchObject({ _objecttype: 'person', _purged_or_deferred: true })
    const { person } = await at.saved('person', { name: 'Ada' }, { _uuid })
    expect(await artistOf(at, work._id)).toMatchObject({ _uuid, person: { _id: person._id } })
  })

  it('waits by system id as well, and no other record is given that id meanwhile', async () => {
    const at = await gallery(server)
    const _system_object_id = 5
    const { work } = await at.saved('work', { reference: 'a', artist: awaiting('person', { _system_object_id }) })
    const others = await at.api(
      'POST',
      '/api/v1/db/person',
      Array.from({ length: 30 }, (_, i) => record('person', { name: `p${i}` })),
    )
    expect(others.body.map((other: { _system_object_id: number }) => other._system_object_id)).not.toContain(_system_object_id)
    await at.saved('person', { name: 'Ada' }, { _system_object_id })
    expect(await artistOf(at, work._id)).toMatchObject({ _system_object_id, person: { _version: 1 } })
  })

  it('leads to the target also when it brings an id of its own, and so do old versions', async () => {
    const at = await gallery(server)
    const _uuid = randomUUID()
    const { work } = await at.saved('work', { reference: 'a', artist: awaiting('person', { _uuid }) })
    await at.saved('work', { _id: work._id, _version: 2, reference: 'b', artist: awaiting('person', { _uuid }) })
    await at.saved('person', { name: 'Ada' }, { _uuid, _system_object_id: 9000 })
    expect(await artistOf(at, work._id)).toMatchObject({ _system_object_id: 9000, _uuid })
    const old = await at.api('GET', `/api/v1/db/work/work__main/${work._id}?version=1&latest_linked=1`)
    expect(old.body[0].work.artist).toMatchObject({ _system_object_id: 9000 })
  })

  it('400: is refused when a record of another type comes under its name, or wants to', async () => {
    const at = await gallery(server)
    const _uuid = randomUUID()
    await at.saved('work', { reference: 'a', artist: awaiting('person', { _uuid }) })
    const wrong = await at.api('POST', '/api/v1/db/item', [record('item', { label: 'x' }, { _uuid })])
    expect(wrong.body).toMatchObject({ code: 'DeferredLinkedObjectWrongObjecttype' })
    const other = await at.api('POST', '/api/v1/db/work', [record('work', { reference: 'b', partner: awaiting('work', { _uuid }) })])
    expect(other.body).toMatchObject({ code: 'DeferredLinkedObjectWrongObjecttype' })
  })

  it('400: is refused for a target in the trash, and without permission to wait', async () => {
    const at = await gallery(server)
    const ada = await at.saved('person', { name: 'Ada' })
    await at.api('DELETE', '/api/v1/db/person', [[ada.person._id, 1, null]])
    const trashed = await at.api('POST', '/api/v1/db/work', [record('work', { artist: awaiting('person', { _uuid: ada._uuid }) })])
    expect(trashed.body).toMatchObject({ code: 'LookupNotFound' })
    const strict = record('work', { artist: { _objecttype: 'person', person: { 'lookup:_id': { _uuid: randomUUID() } } } })
    expect((await at.api('POST', '/api/v1/db/work', [strict])).body).toMatchObject({ code: 'LookupNotFound' })
    const byName = record('work', { partner: awaiting('work', { reference: 'z' }) })
    expect((await at.api('POST', '/api/v1/db/work', [byName])).body).toMatchObject({ code: 'SchemaInconsistent' })
  })

  it('400: leaves room for ids that are drawn', async () => {
    const at = await gallery(server)
    const artist = awaiting('person', { _system_object_id: Number.MAX_SAFE_INTEGER })
    const refused = await at.api('POST', '/api/v1/db/work', [record('work', { artist })])
    expect([refused.status, refused.body.code]).toEqual([400, 'NumberOutOfRange'])
    expect((await at.saved('work', { reference: 'next' }))._system_object_id).toBeLessThan(1000)
  })

  it('400: is the only thing that waits: neither parents do, nor records to change', async () => {
    const at = await gallery(server)
    const lookup = { _uuid: randomUUID(), _allow_defer: true }
    const refused = [
      await at.api('POST', '/api/v1/db/place', [record('place', { 'lookup:_id_parent': lookup })]),
      await at.api('POST', '/api/v1/db/term', [record('term', { _parents: [{ 'lookup:_id': lookup }] })]),
      await at.api('POST', '/api/v1/db/work', [record('work', { 'lookup:_id': lookup, _version: 2 })]),
      await at.api('POST', '/api/v1/db/work', [record('work', { 'lookup:_id': [lookup] })]),
    ]
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(refused.map(() => [400, 'SchemaInconsistent']))
  })

  it('is mirrored by its target once that has come, at every depth, and gives way where that has come with another', async () => {
    const at = await workshop(server)
    const [pair, piece, taken] = [randomUUID(), randomUUID(), randomUUID()]
    await at.saved('piece', { code: 'a', pair: awaiting('piece', { _uuid: pair }) })
    await at.saved('piece', { code: 'b' }, { _uuid: pair })
    const steps = [{ word: 'x', piece: awaiting('piece', { _uuid: piece }) }]
    await at.saved('maker', { '_nested:maker__jobs': [{ piece: awaiting('piece', { _uuid: piece }), '_nested:maker__jobs__steps': steps }] })
    const { piece: made } = await at.saved('piece', {}, { _uuid: piece, _system_object_id: 7000 })
    expect(made).toMatchObject({ maker: { maker: { _id: 1 } }, finisher: { maker: { _id: 1 } } })
    const waiting = await at.saved('piece', { code: 'c', pair: awaiting('piece', { _uuid: taken }) })
    const other = await at.saved('piece', { code: 'd' })
    await at.saved('piece', { code: 'e', pair: to('piece', other.piece._id) }, { _uuid: taken })
    expect((await at.read('piece', waiting.piece._id)).piece.pair).toBeUndefined()
    expect(await inconsistencies(server, at)).toEqual([])
  })

  it('stays part of the keys that it belongs to', async () => {
    const at = await workshop(server)
    const _uuid = randomUUID()
    await at.saved('sheet', { code: 'a', piece: awaiting('piece', { _uuid }) })
    const { piece } = await at.saved('piece', {}, { _uuid, _system_object_id: 5000 })
    expect(await inconsistencies(server, at)).toEqual([])
    const again = await at.api('POST', '/api/v1/db/sheet', [record('sheet', { code: 'a', piece: to('piece', piece._id) })])
    expect(again.body.code).toBe('DatabaseUniqueKeyViolation')
  })

  it('may be what rows that match are given', async () => {
    const at = await workshop(server)
    const [jobs, _uuid] = ['_nested:maker__jobs', randomUUID()]
    await at.saved('maker', { [jobs]: [{ code: 'a' }] })
    const sides = { [`${jobs}:match`]: { code: 'a' }, [`${jobs}:merge`]: { piece: awaiting('piece', { _uuid }) } }
    await at.saved('maker', { _id: [1], [`${jobs}:group_mode`]: 'match_merge', ...sides })
    const come = await at.saved('piece', {}, { _uuid })
    expect(come._system_object_id).toBeGreaterThan(0)
    expect(come.piece.maker.maker._id).toBe(1)
    expect(await inconsistencies(server, at)).toEqual([])
  })

  it('finds its target however both requests race', async () => {
    const at = await gallery(server)
    const names = Array.from({ length: 24 }, () => randomUUID())
    const answers = await Promise.all(
      names.flatMap((_uuid, i) => [
        at.api('POST', '/api/v1/db/work', [record('work', { reference: `r${i}`, artist: awaiting('person', { _uuid }) })]),
        at.api('POST', '/api/v1/db/person', [
          record('person', { name: `p${i}` }, { _uuid, ...(i % 3 === 0 && { _system_object_id: 100_000 * (i + 1) }) }),
        ]),
      ]),
    )
    expect(answers.filter(({ status }) => status !== 200).map(({ text }) => text)).toEqual([])
    const works = await at.api('GET', '/api/v1/db/work/work__main/list?format=long')
    const found = works.body.map(({ work }: { work: { reference: string; artist: { _uuid: string; person?: object } } }) => [
      work.reference,
      work.artist._uuid,
      work.artist.person !== undefined,
    ])
    expect(sorted(found)).toEqual(sorted(names.map((name, i) => [`r${i}`, name, true])))
  })
})
