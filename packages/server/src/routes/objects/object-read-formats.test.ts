import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readingArchive, to, type Json } from '../../testing/reading-archive.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

/** An artwork that has everything: pool, tag, access list, links, nested rows, a place in a collection, and a broken rule. */
async function artwork() {
  const archive = await readingArchive(server)
  const { api, save, sql, id, domain } = archive
  await api('POST', '/api/v1/tags', [{ _basetype: 'taggroup', taggroup: { type: 'checkbox', displayname: { 'en-US': 'State' } }, _tags: [] }])
  await sql(`insert into tag_group (instance_id, id, position, type, data) values ('${id}', 900, 9, 'checkbox', '{}')`)
  await sql(
    `insert into tag (instance_id, id, group_id, version, position, data) values ('${id}', 900, 900, 1, 1, '{"displayname":{"en-US":"done"}}')`,
  )
  const [artist] = await save('artist', { name: 'Ann', born: { value: '1850' } })
  const [place] = await save('place', { name: { 'en-US': 'Porto' } })
  const [made] = await save('artwork', {
    ...{ title: { 'en-US': 'Harbour' }, reference: 'A-1', artist: to('artist', 1), place: to('place', 1), _comment: 'from the inventory' },
    '_nested:artwork__persons': [{ role: 'printer', who: to('artist', 1) }],
  })
  const systemId = made?._system_object_id as number
  await sql(`update record set tags = '{900}', acl = '[{"_id":5,"who":{"_basetype":"user","user":{"_id":1}},"rights":{"read":{}}}]',
    system_tags = '{CHECK_VIOLATION}' where system_id = ${systemId}`)
  await sql(
    `insert into collection (instance_id, id, version, uuid, owner_user, data) values ('${id}', 31, 1, gen_random_uuid(), 1, '{}'), ('${id}', 30, 1, gen_random_uuid(), 1, '{}')`,
  )
  await sql(`insert into collection_object (instance_id, collection_id, global_object_id, system_id, position)
    select '${id}', c, '${systemId}@${domain}', ${systemId}, 1 from (values (31), (30)) v(c)`)
  return { ...archive, systemId, made: made as Json, artist: artist as Json, place: place as Json }
}

const line = (text: string) => ({ text: { 'en-US': text }, html: { 'en-US': text } })
const everywhere = (text: string) => ({ text: expect.objectContaining({ 'en-US': text }), html: expect.objectContaining({ 'en-US': text }) })
const user = { _basetype: 'user', user: { _id: 1, _generated_displayname: 'Root' } }
const RIGHTS = { read: {}, write: {}, delete: {}, acl: {}, change_owner: {}, unlink: {}, owner: {} }

/** What each format shows of the artwork, exactly. */
function expected({ systemId, domain, made, artist, place, pool }: Awaited<ReturnType<typeof artwork>>) {
  const head = (format: string) => ({
    ...{ _objecttype: 'artwork', _mask: 'artwork__main', _format: format, _system_object_id: systemId, _global_object_id: `${systemId}@${domain}` },
    ...{ _uuid: made._uuid, _last_modified: made._last_modified, _tags: [{ _id: 900 }] },
  })
  const ids = { _id: 1, _version: 1 }
  const _pool = { _basetype: 'pool', pool: { _id: pool, name: { 'en-US': 'Prints' } } }
  const _standard = { 1: line('Harbour'), 2: everywhere('Ann') }
  const target = (type: string, of: Json, title: object, more: object, block: object) => ({
    ...{ _objecttype: type, _mask: `${type}__main`, _format: 'standard', _system_object_id: of._system_object_id },
    ...{ _global_object_id: of._global_object_id, _uuid: of._uuid, _last_modified: of._last_modified, _standard: { 1: title }, ...more },
    [type]: { _id: 1, _version: 1, ...block },
  })
  const artistLink = target('artist', artist, everywhere('Ann'), {}, {})
  const placeLink = target('place', place, line('Porto'), { _has_children: false, _path: [] }, { _id_parent: null })
  const system = {
    ...{ _created: made._created, _latest_version: true, _generated_rights: RIGHTS, _collections: [{ _id: 30 }, { _id: 31 }] },
    ...{ _acl: [{ _id: 5, who: { _basetype: 'user', user: { _id: 1 } }, rights: { read: {} } }], _private_acl: false, _has_acl: true },
    ...{ _system_tags: [{ name: 'CHECK_VIOLATION' }], _owner: user, _create_user: user, _comment: 'from the inventory' },
  }
  const block = {
    ...{ ...ids, _pool, title: { 'en-US': 'Harbour' }, reference: 'A-1', shown: false, artist: artistLink, place: placeLink },
    '_nested:artwork__persons': [{ _uuid: expect.any(String), role: 'printer', who: artistLink }],
  }
  const fullUser = { _basetype: 'user', user: { ...user.user, type: 'system', login: 'root', reference: 'system:root', displayname: 'Root' } }
  const change = {
    operation: 'INSERT',
    time: made._changelog[0].time,
    version: 1,
    current_version: true,
    latest_version: true,
    comment: 'from the inventory',
  }
  const full = { _changelog: [{ ...change, user: fullUser }], _published: [], _published_count: 0 }
  const emptyFields = {
    ...{ term: null, related: null },
    '_nested:artwork__persons': [{ _uuid: expect.any(String), role: 'printer', who: artistLink, after: null }],
  }
  const entry = (name: string, type: string, value: unknown) => ({ api_name: name, display_name: { 'en-US': name }, type, [type]: value })
  return {
    short: { ...head('short'), artwork: ids },
    standard: { ...head('standard'), _standard, artwork: { ...ids, _pool } },
    standard_extended: {
      ...head('standard_extended'),
      ...{ _tags: [{ _id: 900, displayname: { 'en-US': 'done' } }], _standard },
      ...{ _objecttype_display_name: { 'en-US': 'artwork' }, _mask_display_name: { 'en-US': 'artwork__main' } },
      _values: [
        ...[entry('title', 'text_loca', { 'en-US': 'Harbour' }), entry('reference', 'text', 'A-1'), entry('shown', 'bool', false)],
        ...[entry('artist', 'linked_object', artistLink), entry('place', 'linked_object', placeLink)],
        entry('artwork__persons', 'nested', [{ _values: [entry('role', 'text', 'printer'), entry('who', 'linked_object', artistLink)] }]),
      ],
      artwork: { ...ids, _pool },
    },
    long: { ...head('long'), _standard, ...system, artwork: block },
    long_inheritance: { ...head('long_inheritance'), _standard, ...system, artwork: block },
    full: { ...head('full'), _standard, ...system, ...full, artwork: { ...block, ...emptyFields } },
    full_inheritance: { ...head('full_inheritance'), _standard, ...system, ...full, artwork: { ...block, ...emptyFields } },
  }
}

describe('a record that has everything', () => {
  it('is written out in each format as the table of formats says', async () => {
    const archive = await artwork()
    for (const [format, record] of Object.entries(expected(archive))) {
      expect(await archive.read(`artwork/artwork__main/1?format=${format}`)).toEqual([record])
      expect(await archive.read(`artwork/artwork__main/list?format=${format}`)).toEqual([record])
    }
    expect((await archive.read('artwork/artwork__main/1'))[0]?._format).toBe('full')
  })

  it('shows no system field that its mask switches off', async () => {
    const { read } = await artwork()
    const [record] = await read('artwork/artwork__hidden/1')
    const hidden = ['_tags', '_acl', '_private_acl', '_has_acl', '_owner', '_create_user', '_published', '_published_count']
    expect(hidden.filter((name) => name in (record ?? {}))).toEqual([])
    expect(record?._collections).toEqual([{ _id: 30 }, { _id: 31 }])
    expect(record?.artwork).toEqual({ _id: 1, _version: 1, title: { 'en-US': 'Harbour' } })
  })

  it('shows at once that a collection took it in, or that its list changed', async () => {
    const { read, sql, id } = await artwork()
    const list = async () => (await read('artwork/artwork__hidden/list?format=long')).map((record) => record._collections)
    expect(await list()).toEqual([[{ _id: 30 }, { _id: 31 }]])
    await sql(`delete from collection_object where instance_id = '${id}' and collection_id = 30`)
    expect(await list()).toEqual([[{ _id: 31 }]])
    await sql(`update record set acl = null, private_acl = true, system_tags = '{}' where object_id = 1`)
    expect((await read('artwork/artwork__main/list'))[0]).toMatchObject({ _acl: [], _private_acl: true, _has_acl: false, _system_tags: [] })
    const [long] = await read('artwork/artwork__main/list?format=long')
    expect(long).toMatchObject({ _private_acl: true, _has_acl: false })
    expect([long?._acl, long?._system_tags]).toEqual([undefined, undefined])
  })

  it('names whoever changed it and is gone as the user who stands for them', async () => {
    const { read, sql } = await artwork()
    await sql(`update record_version set saved_by = 12345`)
    expect((await read('artwork/artwork__main/1'))[0]?._changelog[0].user).toMatchObject({
      user: { login: 'deleted_user', reference: 'system:deleted_user', _generated_displayname: expect.any(String) },
    })
  })

  it('is titled by the mask that its pool names', async () => {
    const { read, api, pool, tables, masks } = await artwork()
    const title = async (path: string) => (await read(path))[0]?._standard['1'].text['en-US']
    expect(await title('artwork/artwork__main/1?format=standard')).toBe('Harbour')
    const [{ pool: stored }] = (await api('GET', `/api/v1/pool/${pool}`)).body
    const settings = { _standard_masks: { [tables.get('artwork') as number]: [masks.get('artwork__code')] } }
    const body = [{ _basetype: 'pool', pool: { ...stored, _version: stored._version + 1 }, ...settings }]
    expect((await api('POST', '/api/v1/pool', body)).status).toBe(200)
    expect(await title('artwork/artwork__main/1?format=standard')).toBe('A-1')
    expect((await read('artwork/artwork__main/1'))[0]?.artwork.title).toEqual({ 'en-US': 'Harbour' })
  })
})

describe('nested rows', () => {
  it('come in the order that the mask asks for, rows without a value last', async () => {
    const { read, save } = await readingArchive(server)
    await save('artist', { name: 'Ann' }, { name: 'Zoe' })
    const rows = [{ role: 'b', who: to('artist', 1) }, { role: 'nobody' }, { role: 'a', who: to('artist', 1) }, { role: 'c', who: to('artist', 2) }]
    await save('artwork', { title: { 'en-US': 'T' }, '_nested:artwork__persons': rows })
    const roles = (await read('artwork/artwork__main/1'))[0]?.artwork['_nested:artwork__persons'].map((row: Json) => row.role)
    expect(roles).toEqual(['c', 'a', 'b', 'nobody'])
  })
})

describe.each(['artwork/artwork__main/1', 'artwork/artwork__main/list'])('GET %s', (path) => {
  it('takes every parameter of the document and answers 400 to values that are none', async () => {
    const { api } = await artwork()
    const status = async (query: string) => (await api('GET', `/api/v1/db/${path}?${query}`)).status
    const good = ['file_url_expire=0', 'file_url_expire=30', 'skip_reverse_nested=yes', 'all_versions=n']
    const bad = ['file_url_expire=-1', 'file_url_expire=soon', 'skip_reverse_nested=maybe', 'all_versions=2', 'format=tiny', 'format=']
    const single = path.endsWith('list')
      ? { good: ['limit=1&offset=0'], bad: ['limit=0', 'offset=-1', 'limit=many'] }
      : {
          good: ['version=1', 'latest_linked=1', 'merge_linked_objects=all&merge_max_depth=0'],
          bad: ['version=0', 'version=x', 'latest_linked=perhaps', 'merge_linked_objects=some', 'merge_max_depth=-1', 'merge_max_depth=1.5'],
        }
    for (const query of [...good, ...single.good]) expect([query, await status(query)]).toEqual([query, 200])
    for (const query of [...bad, ...single.bad]) expect([query, await status(query)]).toEqual([query, 400])
  })
})
