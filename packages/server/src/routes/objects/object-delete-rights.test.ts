import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { archiveOn, eventsOf, link, one, rowOf, somebody, type Archive, type Json, type Saved } from '../../testing/archive.ts'
import { testServer, type Answer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())
const archive = () => archiveOn(server)
const item = ({ id }: Saved, version = 1) => [id, version, null] as const
const lacks = ({ status, body }: Answer<Json>) => [status, body.code, body.parameters.right, body.parameters.systemobjectid]

describe('rights', () => {
  it('are those to delete, on what is named and on what goes along', async () => {
    const at = await archive()
    const work = await one(at, 'artwork')
    const photo = await one(at, 'photo', { of: link('artwork', work) })
    const reader = await somebody(at, { artwork: { read: {} } })
    expect(lacks(await at.remove('artwork', [item(work)], '', reader.token))).toEqual([403, 'ObjectInsufficientRights', 'delete', work.systemId])
    const curator = await somebody(at, { artwork: { delete: {} } })
    expect(lacks(await at.remove('artwork', [item(work)], '', curator.token))).toEqual([403, 'ObjectInsufficientRights', 'delete', photo.systemId])
    const keeper = await somebody(at, { artwork: { delete: {} }, photo: { delete: {} } })
    expect((await at.remove('artwork', [item(work)], '', keeper.token)).body.removed).toEqual([work.systemId, photo.systemId])
    expect(await eventsOf(at, 'OBJECT_DELETE')).toHaveLength(2)
  })

  it('are those to write, where links are cleared, and those to delete, where linking records go', async () => {
    const at = await archive()
    const artist = await one(at, 'artist')
    const work = await one(at, 'artwork', { artist: link('artist', artist) })
    const curator = await somebody(at, { artist: { delete: {} }, artwork: { read: {} } })
    const attempt = (policy: string) => at.remove('artist', [item(artist)], `delete_policy=${policy}`, curator.token)
    expect((await at.remove('artist', [item(artist)], '', curator.token)).status).toBe(202)
    expect(lacks(await attempt('setnull'))).toEqual([403, 'ObjectInsufficientRights', 'write', work.systemId])
    expect(lacks(await attempt('remove'))).toEqual([403, 'ObjectInsufficientRights', 'delete', work.systemId])
    expect(await rowOf(at, artist)).toMatchObject({ deleted: false })
    const writer = await somebody(at, { artist: { delete: {} }, artwork: { write: {} } })
    expect((await at.remove('artist', [item(artist)], 'delete_policy=setnull', writer.token)).status).toBe(200)
  })

  it('count for the trash as they do outside', async () => {
    const at = await archive()
    const work = await one(at, 'artwork')
    await at.remove('artwork', [item(work)])
    const [writer, keeper] = [await somebody(at, { artwork: { write: {} } }), await somebody(at, { artwork: { delete: {} } })]
    for (const policy of ['undelete', 'purge'])
      expect(lacks(await at.remove('artwork', [item(work, 2)], `delete_policy=${policy}`, writer.token))).toEqual([
        ...[403, 'ObjectInsufficientRights', 'delete', work.systemId],
      ])
    expect((await at.remove('artwork', [item(work, 2)], 'delete_policy=undelete', keeper.token)).status).toBe(200)
    await at.remove('artwork', [item(work, 3)], '', keeper.token)
    expect((await at.remove('artwork', [item(work, 4)], 'delete_policy=purge', keeper.token)).status).toBe(200)
  })

  it('come from the list of a record as well, which goes to the trash and back with it', async () => {
    const at = await archive()
    const keeper = await somebody(at, {})
    const rows = async () => (await at.tenant.read((sql) => sql`select 1 from record_grant where instance_id = ${at.id}`)).length
    const [work] = (await at.post('artwork', [{ title: 'x' }], { _acl: [{ who: { user: { _id: keeper.id } }, rights: { delete: {} } }] })).body
    const saved = { id: work.artwork._id, systemId: work._system_object_id, version: 1 }
    expect(await rows()).toBe(1)
    expect((await at.remove('artwork', [item(saved)], '', keeper.token)).status).toBe(200)
    expect(await rows()).toBe(0)
    expect((await at.remove('artwork', [item(saved, 2)], 'delete_policy=undelete', keeper.token)).status).toBe(200)
    expect(await rows()).toBe(1)
  })
})

describe('workflow rules', () => {
  const rule = (more: object) => ({ type: 'process', ...more })
  const rules = (at: Archive, ...list: object[]) => at.api('POST', '/api/v1/transitions', list)
  const buttons = ({ body }: Answer<Json>) => body.tasks.flatMap((task: Json) => task.buttons as Json[])
  const tokenOf = (answer: Answer<Json>) => buttons(answer).find(({ name }: Json) => name === 'confirmTransition')?.value as string

  it('may stop a deletion, and the change of a record that would lose a link', async () => {
    const at = await archive()
    const artist = await one(at, 'artist')
    await one(at, 'artwork', { artist: link('artist', artist) })
    const types = (await at.api<Json[]>('GET', '/api/v1/objecttype')).body.map(({ objecttype }) => objecttype)
    const only = (name: string) => ({ objecttype_ids: [types.find((type) => type.name === name)?._id] })
    await rules(at, rule({ type: 'reject', operations: ['UPDATE'], ...only('artwork'), confirm: { 'en-US': 'Closed.' } }))
    const cleared = await at.remove('artist', [item(artist)], 'delete_policy=setnull')
    expect([cleared.status, cleared.body.code, cleared.body.parameters.operation]).toEqual([403, 'TransitionRejected', 'UPDATE'])
    expect((await at.remove('artist', [item(artist)])).status).toBe(202)
    await rules(at, rule({ type: 'reject', operations: ['DELETE'], ...only('artist'), confirm: { 'en-US': 'Never.' } }))
    const stopped = await at.remove('artist', [item(artist)])
    expect([stopped.status, stopped.body.code, stopped.body.error]).toEqual([403, 'TransitionRejected', 'Never.'])
  })

  it('ask once for many records, and a chosen policy comes along', async () => {
    const at = await archive()
    const artist = await one(at, 'artist')
    await at.save('artwork', { artist: link('artist', artist) }, { artist: link('artist', artist) })
    await rules(at, rule({ operations: ['DELETE'], confirm: { 'en-US': 'Really?' } }))
    const asked = await at.remove('artist', [item(artist)], 'delete_policy=remove')
    expect([asked.status, asked.body.tasks.map(({ message }: Json) => message)]).toEqual([202, ['Really?']])
    expect(buttons(asked)).toContainEqual({ text: '', hidden: true, name: 'delete_policy', value: 'remove' })
    const again = `delete_policy=remove&confirmTransition=${tokenOf(asked)}`
    expect((await at.remove('artist', [item(artist, 2)], again)).body.code).toBe('VersionMismatch')
    const done = await at.remove('artist', [item(artist)], again)
    expect([done.status, done.body.removed.length]).toEqual([200, 3])
  })

  it('and links are asked about in one answer, and both answers are taken together', async () => {
    const at = await archive()
    const types = (await at.api<Json[]>('GET', '/api/v1/objecttype')).body.map(({ objecttype }) => objecttype)
    const objecttype_ids = [types.find(({ name }) => name === 'artist')?._id]
    await rules(at, rule({ operations: ['DELETE'], objecttype_ids, confirm: { 'en-US': 'Really?' } }))
    for (const policy of ['remove', 'setnull']) {
      const artist = await one(at, 'artist')
      const work = await one(at, 'artwork', { artist: link('artist', artist) })
      const asked = await at.remove('artist', [item(artist)])
      expect(asked.body.tasks.map(({ form }: Json) => form !== undefined)).toEqual([true, false])
      const kept = await at.remove('artist', [item(artist)], `confirmTransition=${tokenOf(asked)}`)
      expect([kept.status, kept.body.tasks.length]).toEqual([202, 1])
      expect(buttons(kept)).toContainEqual({ text: '', hidden: true, name: 'confirmTransition', value: tokenOf(asked) })
      const done = await at.remove('artist', [item(artist)], `confirm=delete&delete_policy=${policy}&confirmTransition=${tokenOf(asked)}`)
      expect([done.status, [...done.body.removed, ...done.body.setnull]]).toEqual([200, [artist.systemId, work.systemId]])
    }
  })

  it('ask again when what was chosen for the links raises a question of its own', async () => {
    const at = await archive()
    await rules(at, rule({ operations: ['DELETE'], confirm: { 'en-US': 'Really?' } }))
    const artist = await one(at, 'artist')
    await one(at, 'artwork', { artist: link('artist', artist) })
    const first = tokenOf(await at.remove('artist', [item(artist)]))
    const second = await at.remove('artist', [item(artist)], `delete_policy=remove&confirmTransition=${first}`)
    expect(second.status).toBe(202)
    expect((await at.remove('artist', [item(artist)], `delete_policy=remove&confirmTransition=${tokenOf(second)}`)).status).toBe(200)
  })

  it('may change tags of a record that loses a link', async () => {
    const at = await archive()
    const group = {
      _basetype: 'taggroup',
      taggroup: { displayname: { 'en-US': 'State' }, type: 'checkbox' },
      _tags: [{ displayname: { 'en-US': 'Check' } }],
    }
    const saved = await at.api('POST', '/api/v1/tags', [group])
    expect(saved.status).toBe(200)
    const tag = saved.body[0]._tags[0]._id as number
    const artist = await one(at, 'artist')
    const work = await one(at, 'artwork', { artist: link('artist', artist) })
    await rules(at, rule({ operations: ['UPDATE'], actions: [{ type: 'set_tags', info: { tags: [{ _id: tag, set: true }] } }] }))
    expect((await at.remove('artist', [item(artist)], 'delete_policy=setnull')).status).toBe(200)
    expect((await at.read('artwork', work))?._tags).toMatchObject([{ _id: tag }])
    const rows = await at.tenant.read((sql) => sql`select system_id::int as id from record_tag where instance_id = ${at.id} and tag_id = ${tag}`)
    expect([...rows]).toEqual([{ id: work.systemId }])
  })

  it('have their messages sent once the deletion is stored, and only then', async () => {
    const at = await archive()
    await at.tenant.write(
      (sql) =>
        sql`insert into webhook (instance_id, id, version, name, url, secret, data) values (${at.id}, 1, 1, 'shop', 'https://shop.example/', 'x', '{}')`,
    )
    const saved = await rules(at, rule({ operations: ['DELETE'], actions: [{ type: 'webhook', info: { name: 'shop' } }] }))
    expect(saved.status).toBe(200)
    const messages = () =>
      at.tenant.read(async (sql) => [...(await sql<{ payload: Json }[]>`select payload from webhook_delivery where instance_id = ${at.id}`)])
    const artist = await one(at, 'artist')
    const work = await one(at, 'artwork', { artist: link('artist', artist) })
    await at.remove('artist', [item(artist)])
    await at.remove('artist', [item(artist)], 'delete_policy=remove&dry_run=1')
    expect(await messages()).toEqual([])
    await at.remove('artist', [item(artist)], 'delete_policy=remove')
    const [message, ...more] = await messages()
    expect(more).toEqual([])
    expect(message?.payload.objects.map((record: Json) => [record._system_object_id, record._objecttype])).toEqual([
      [artist.systemId, 'artist'],
      [work.systemId, 'artwork'],
    ])
  })
})
