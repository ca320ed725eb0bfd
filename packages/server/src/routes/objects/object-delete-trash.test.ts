import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { archiveOn, below, eventsOf, historyOf, link, one, rowOf, type Archive, type Items, type Saved } from '../../testing/archive.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())
const archive = () => archiveOn(server)
const undelete = (at: Archive, type: string, items: Items) => at.remove(type, items, 'delete_policy=undelete')
const purge = (at: Archive, type: string, items: Items) => at.remove(type, items, 'delete_policy=purge')
const item = ({ id }: Saved, version: number) => [id, version, null] as const

describe('delete_policy=undelete', () => {
  it('brings records back as a further version, in the order of the request', async () => {
    const at = await archive()
    const [a, b] = [await one(at, 'artwork', { title: 'a' }), await one(at, 'artwork', { title: 'b' })]
    await at.remove('artwork', [item(a, 1), item(b, 1)])
    const answer = await undelete(at, 'artwork', [[b.id, 2, 'found again'], item(a, 2)])
    expect([answer.status, answer.body]).toEqual([200, { policy: 'undelete', removed: [], setnull: [], undeleted: [b.systemId, a.systemId] }])
    expect((await at.read('artwork', b))?.artwork).toMatchObject({ _version: 3, title: 'b' })
    expect((await historyOf(at, b)).at(-1)).toEqual({ operation: 'UPDATE', version: 3, comment: 'found again' })
    expect((await eventsOf(at, 'OBJECT_UNDELETE')).map(({ systemId, version }) => [systemId, version])).toEqual([
      [a.systemId, 3],
      [b.systemId, 3],
    ])
    await at.save('artwork', { _id: b.id, _version: 4, title: 'c' })
  })

  it('wants the version in the trash, and a record that is there', async () => {
    const at = await archive()
    const a = await one(at, 'artwork')
    expect((await undelete(at, 'artwork', [item(a, 1)])).body.code).toBe('LookupNotFound')
    await at.remove('artwork', [item(a, 1)])
    expect((await undelete(at, 'artwork', [item(a, 1)])).body).toMatchObject({
      code: 'VersionMismatch',
      parameters: { currentversion: 2, receivedversion: 1, expectedversion: 2 },
    })
    expect((await undelete(at, 'artwork', [item(a, 2), item(a, 2)])).body.code).toBe('SchemaInconsistent')
    expect((await undelete(at, 'place', [item(a, 2)])).body.code).toBe('LookupNotFound')
  })

  it('makes links and unique values hold again', async () => {
    const at = await archive()
    const artist = await one(at, 'artist')
    const work = await one(at, 'artwork', { number: 'n', '_nested:artwork__hands': [{ person: link('artist', artist) }] })
    await at.remove('artwork', [item(work, 1)])
    await undelete(at, 'artwork', [item(work, 2)])
    expect(await rowOf(at, work)).toMatchObject({ systemTags: [], deleted: false })
    expect((await at.remove('artist', [item(artist, 1)])).status).toBe(202)
    expect((await at.post('artwork', [{ number: 'n' }])).body.code).toBe('DatabaseUniqueKeyViolation')
  })

  it('marks a record whose values somebody else has by now', async () => {
    const at = await archive()
    const block = { number: 'n', '_nested:artwork__marks': [{ code: 'm' }] }
    const work = await one(at, 'artwork', block)
    await at.remove('artwork', [item(work, 1)])
    const heir = await one(at, 'artwork', block)
    expect((await undelete(at, 'artwork', [item(work, 2)])).status).toBe(200)
    expect(await rowOf(at, work)).toMatchObject({ deleted: false, systemTags: ['NESTED_UNIQUE_KEY_VIOLATION', 'UNIQUE_KEY_VIOLATION'] })
    expect((await at.post('artwork', [{ _id: work.id, _version: 4, ...block }])).body.code).toBe('DatabaseUniqueKeyViolation')
    await at.remove('artwork', [item(heir, 1)])
    await at.save('artwork', { _id: work.id, _version: 4, number: 'n' })
    expect(await rowOf(at, work)).toMatchObject({ systemTags: [] })
  })

  it('gives a value that two of them had to the older one', async () => {
    const at = await archive()
    const older = await one(at, 'artwork', { number: 'n' })
    await at.remove('artwork', [item(older, 1)])
    const newer = await one(at, 'artwork', { number: 'n' })
    await at.remove('artwork', [item(newer, 1)])
    await undelete(at, 'artwork', [item(newer, 2), item(older, 2)])
    expect((await rowOf(at, older))?.systemTags).toEqual([])
    expect((await rowOf(at, newer))?.systemTags).toEqual(['UNIQUE_KEY_VIOLATION'])
  })

  it('keeps links to what is in the trash or gone, which come alive with it', async () => {
    const at = await archive()
    const [trashed, purged] = [await one(at, 'artist', { name: 't' }), await one(at, 'artist', { name: 'p' })]
    const work = await one(at, 'artwork', { artist: link('artist', trashed), '_nested:artwork__hands': [{ person: link('artist', purged) }] })
    await at.remove('artwork', [item(work, 1)])
    await at.remove('artist', [item(trashed, 1), item(purged, 1)])
    await purge(at, 'artist', [item(purged, 2)])
    expect((await undelete(at, 'artwork', [item(work, 2)])).status).toBe(200)
    const thin = await at.read('artwork', work)
    expect(thin?.artwork.artist).toMatchObject({ _system_object_id: trashed.systemId })
    expect(thin?.artwork.artist.artist).toBeUndefined()
    await undelete(at, 'artist', [item(trashed, 2)])
    expect((await at.read('artwork', work))?.artwork.artist.artist).toMatchObject({ _id: trashed.id })
    expect((await at.remove('artist', [item(trashed, 3)])).status).toBe(202)
  })

  it('puts a child back below its parent, whether that is there or not', async () => {
    const at = await archive()
    const top = await one(at, 'place', { name: 'a' })
    const low = await one(at, 'place', { name: 'b', _id_parent: top.id })
    await at.remove('place', [item(top, 1)])
    expect((await undelete(at, 'place', [item(low, 2)])).status).toBe(200)
    expect((await at.read('place', low))?.place).toMatchObject({ name: 'b' })
    await undelete(at, 'place', [item(top, 2)])
    expect((await at.read('place', low))?.place._id_parent).toBe(top.id)
    expect((await at.remove('place', [item(top, 3)])).body.removed).toEqual([top.systemId, low.systemId])
  })

  it('gives a record with several parents those back that it had', async () => {
    const at = await archive()
    const [a, child] = [await one(at, 'theme'), await one(at, 'theme')]
    await below(at, child, [a])
    await at.remove('theme', [item(a, 1)])
    await undelete(at, 'theme', [item(child, 2), item(a, 2)])
    expect((await at.remove('theme', [item(a, 3)])).body.removed).toEqual([a.systemId, child.systemId])
  })

  it('leaves places in collections as they were', async () => {
    const at = await archive()
    const work = await one(at, 'artwork')
    const places = () => at.tenant.read((sql) => sql`select 1 from collection_object where instance_id = ${at.id}`)
    await at.tenant.write(async (sql) => {
      await sql`insert into collection (instance_id, id, version, uuid, owner_user, data) values (${at.id}, 90, 1, gen_random_uuid(), 1, '{}')`
      await sql`insert into collection_object (instance_id, collection_id, global_object_id, system_id, position) values (${at.id}, 90, 'x', ${work.systemId}, 1)`
    })
    await at.remove('artwork', [item(work, 1)])
    expect(await places()).toHaveLength(1)
    await undelete(at, 'artwork', [item(work, 2)])
    await at.remove('artwork', [item(work, 3)])
    expect(await places()).toHaveLength(1)
    await purge(at, 'artwork', [item(work, 4)])
    expect(await places()).toHaveLength(0)
  })

  it('does without a pool that is gone, and marks the record', async () => {
    const at = await archive()
    const work = await one(at, 'artwork')
    await at.tenant.write((sql) => sql`update record set pool_id = 4711 where instance_id = ${at.id} and system_id = ${work.systemId}`)
    await at.remove('artwork', [item(work, 1)])
    await undelete(at, 'artwork', [item(work, 2)])
    const [row] = await at.tenant.read((sql) => sql`select pool_id from record where instance_id = ${at.id} and system_id = ${work.systemId}`)
    expect(row).toEqual({ pool_id: null })
  })

  it('marks what a rule of a newer datamodel does not let be', async () => {
    const at = await archive()
    const work = await one(at, 'artwork')
    await at.remove('artwork', [item(work, 1)])
    const { body: current } = await at.api('GET', '/api/v1/schema/user/CURRENT')
    const type = current.tables.find(({ name }: { name: string }) => name === 'artwork')
    type.columns.find(({ name }: { name: string }) => name === 'title').not_null = true
    expect((await at.api('POST', '/api/v1/schema/user/HEAD', current)).status).toBe(200)
    expect((await at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip')).status).toBe(200)
    await undelete(at, 'artwork', [item(work, 2)])
    expect((await rowOf(at, work))?.systemTags).toEqual(['CHECK_VIOLATION'])
  })
})

describe('delete_policy=purge', () => {
  it('removes a record with all of its versions, and leaves a mark', async () => {
    const at = await archive()
    const work = await one(at, 'artwork', { number: 'n' })
    await at.remove('artwork', [item(work, 1)])
    const answer = await purge(at, 'artwork', [item(work, 2)])
    expect([answer.status, answer.body]).toEqual([200, { policy: 'purge', removed: [work.systemId], setnull: [] }])
    expect(await rowOf(at, work)).toBeUndefined()
    expect(await historyOf(at, work)).toEqual([])
    const ghosts = await at.tenant.read((sql) => sql`select system_id::int as id, reason, uuid from record_ghost where instance_id = ${at.id}`)
    expect([...ghosts]).toEqual([{ id: work.systemId, reason: 'purged', uuid: expect.any(String) }])
    expect(await eventsOf(at, 'OBJECT_PURGE')).toEqual([{ systemId: work.systemId, version: 2, objecttype: 'artwork' }])
    for (const again of [purge, undelete]) expect((await again(at, 'artwork', [item(work, 2)])).body.code).toBe('LookupNotFound')
  })

  it('takes nothing but what is in the trash, in the version that is there', async () => {
    const at = await archive()
    const work = await one(at, 'artwork')
    expect((await purge(at, 'artwork', [item(work, 1)])).body.code).toBe('LookupNotFound')
    await at.remove('artwork', [item(work, 1)])
    expect((await purge(at, 'artwork', [item(work, 1)])).body.code).toBe('VersionMismatch')
    const other = await one(at, 'artwork')
    expect((await purge(at, 'artwork', [item(work, 2), item(other, 1)])).body.code).toBe('LookupNotFound')
    expect(await rowOf(at, work)).toMatchObject({ deleted: true })
  })

  it('gives the ids to nobody else', async () => {
    const at = await archive()
    const work = await one(at, 'artwork')
    await at.remove('artwork', [item(work, 1)])
    await purge(at, 'artwork', [item(work, 2)])
    const next = await one(at, 'artwork')
    expect(next.id).toBeGreaterThan(work.id)
    expect(next.systemId).toBeGreaterThan(work.systemId)
  })

  it('leaves children and linking versions of others where they are', async () => {
    const at = await archive()
    const artist = await one(at, 'artist', { name: 'a' })
    const work = await one(at, 'artwork', { artist: link('artist', artist) })
    await at.save('artwork', { _id: work.id, _version: 2, title: 'x' })
    await at.remove('artist', [item(artist, 1)])
    await purge(at, 'artist', [item(artist, 2)])
    const old = await at.api('GET', `/api/v1/db/artwork/_all_fields/${work.id}?version=1`)
    expect([old.status, old.body.length]).toEqual([200, 1])
    const [top, low] = [await one(at, 'place', { name: 'a' }), await one(at, 'place', { name: 'b' })]
    await at.save('place', { _id: low.id, _version: 2, name: 'b', _id_parent: top.id })
    await at.remove('place', [item(top, 1)])
    await undelete(at, 'place', [item(low, 3)])
    await purge(at, 'place', [item(top, 2)])
    expect((await at.read('place', low))?.place.name).toBe('b')
  })
})
