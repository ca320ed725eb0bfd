import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readingArchive, to, type Json } from '../../testing/reading-archive.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

async function work() {
  const archive = await readingArchive(server)
  const [artist] = await archive.save('artist', { name: 'Ann' })
  await archive.save('artwork', { title: { 'en-US': 'One' }, artist: to('artist', 1) })
  const link = async (query = '') => (await archive.read(`artwork/artwork__main/1${query}`))[0]?.artwork.artist as Json
  return { ...archive, artist: artist as Json, link }
}

describe('a link whose target is not there', () => {
  it('is a shell while the target lies in the trash', async () => {
    const { artist, link, sql } = await work()
    const { _uuid, _system_object_id } = artist
    await sql(`update record set deleted_at = '2026-02-03T04:05:06Z' where system_id = ${_system_object_id}`)
    expect(await link()).toEqual({ _objecttype: 'artist', _uuid, _system_object_id, _latest_version_deleted_at: '2026-02-03T04:05:06Z' })
  })

  it('shows an old version what the target was, and that it is in the trash by now', async () => {
    const { artist, link, sql, save, read } = await work()
    await save('artwork', { _id: 1, _version: 2, title: { 'en-US': 'Two' }, artist: to('artist', 1) })
    await sql(`update record set deleted_at = '2026-02-03T04:05:06Z' where system_id = ${artist._system_object_id}`)
    expect(await link('?version=1')).toMatchObject({
      ...{ _format: 'standard', _standard: { 1: { text: { 'en-US': 'Ann' } } }, _latest_version_deleted_at: '2026-02-03T04:05:06Z' },
      artist: { _id: 1, _version: 1 },
    })
    expect((await link('?version=1&latest_linked=1'))._format).toBeUndefined()
    expect((await read('artwork/artwork__main/1?version=1'))[0]?._latest_version_deleted_at).toBeUndefined()
  })

  it('says what is still known of a target that was purged, or that is not there yet', async () => {
    const { artist, link, sql, id, tables } = await work()
    const { _uuid, _system_object_id } = artist
    await sql(`delete from record where system_id = ${_system_object_id}`)
    expect(await link()).toEqual({ _objecttype: 'artist', _system_object_id, _purged_or_deferred: true })
    await sql(`insert into record_ghost (instance_id, system_id, uuid, table_id, reason)
      values ('${id}', ${_system_object_id}, '${_uuid}', ${tables.get('artist')}, 'purged')`)
    expect(await link()).toEqual({ _objecttype: 'artist', _uuid, _system_object_id, _purged_or_deferred: true })
  })
})

describe('a record in the trash', () => {
  it('is not found by any id, nor are its versions', async () => {
    const { api, read, artist } = await work()
    await api('DELETE', '/api/v1/db/artwork', [[1, 1, 'gone']])
    const [systemId] = [Number(artist._system_object_id) + 1]
    for (const path of [
      '1',
      `system_object_id/${systemId}`,
      `global_object_id/${systemId}@local`,
      '1?version=1',
      '1?all_versions=1',
      'list',
      'list?all_versions=1',
    ])
      expect(await read(`artwork/artwork__main/${path}`)).toEqual([])
  })
})

describe('the changelog', () => {
  it('is complete up to the version at hand, and system tags belong to the newest version', async () => {
    const { read, save, sql } = await work()
    await save('artwork', { _id: 1, _version: 2, title: { 'en-US': 'Two' }, _comment: 'second' })
    await save('artwork', { _id: 1, _version: 3, title: { 'en-US': 'Three' } })
    await sql(`update record set system_tags = '{UNIQUE_KEY_VIOLATION}' where object_id = 1`)
    const flags = (record: Json) =>
      record._changelog.map((entry: Json) => [entry.version, entry.current_version, entry.latest_version, entry.comment])
    const all = await read('artwork/artwork__main/1?all_versions=1')
    expect(all.map(flags)).toEqual([
      [[1, true, false, undefined]],
      [
        [1, false, false, undefined],
        [2, true, false, 'second'],
      ],
      [
        [1, false, false, undefined],
        [2, false, false, 'second'],
        [3, true, true, undefined],
      ],
    ])
    expect(all.map((record) => record._system_tags)).toEqual([undefined, undefined, [{ name: 'UNIQUE_KEY_VIOLATION' }]])
    expect(all.map((record) => record._comment)).toEqual([undefined, 'second', undefined])
  })
})

describe('hierarchies', () => {
  it('tell the way from the top, the level, and that something is below', async () => {
    const { read, save } = await readingArchive(server)
    await save('place', { name: { 'en-US': 'Europe' }, code: 'EU' })
    await save('place', { name: { 'en-US': 'Portugal' }, _id_parent: 1 })
    await save('place', { name: { 'en-US': 'Porto' }, _id_parent: 2 })
    const list = await read('place/place__main/list?format=long_inheritance')
    const path = (record: Json) => record._path.map((above: Json) => [above._format, above.place._id])
    expect(list.map((record) => [record._level, path(record), record._has_children, record.place._id_parent, record.place.code])).toEqual([
      [1, [], true, null, 'EU'],
      [2, [['short', 1]], true, 1, 'EU'],
      [
        3,
        [
          ['short', 1],
          ['short', 2],
        ],
        false,
        2,
        'EU',
      ],
    ])
    expect((await read('place/place__main/3?format=long'))[0]?.place.code).toBeUndefined()
    const [brief] = await read('place/place__main/3?format=standard')
    expect([brief?._path.length, brief?._level, brief?._has_children]).toEqual([2, undefined, false])
  })

  it('hand down only what the reader may read further up', async () => {
    const { api, signIn, read } = await readingArchive(server)
    const [made] = (await api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'ana' }, _password: 'correct horse ana' }])).body
    const ana = { who: { user: { _id: made.user._id } }, rights: { mask: {} } }
    const own = { _owner: { user: { _id: made.user._id } } }
    const { objecttype } = (await api<Json[]>('GET', '/api/v1/objecttype')).body.find((type) => type.objecttype.name === 'place') as Json
    const next = { _id: objecttype._id, _version: objecttype._version + 1 }
    await api('POST', '/api/v1/objecttype', [{ _basetype: 'objecttype', objecttype: next, _acl: [ana] }])
    const place = (block: Json, envelope: Json = {}) =>
      api('POST', '/api/v1/db/place', [{ _objecttype: 'place', _mask: '_all_fields', ...envelope, place: block }])
    await place({ code: 'HIDDEN' })
    await place({ _id_parent: 1 }, own)
    await place({ _id_parent: 2, code: 'OPEN' }, own)
    await place({ _id_parent: 3 }, own)
    const token = await signIn('ana', 'correct horse ana')
    const list = await api<Json[]>('GET', '/api/v1/db/place/place__main/list?format=long_inheritance', undefined, { token })
    expect(list.body.map((one) => [one['place']._id, one['place'].code])).toEqual([
      [2, undefined],
      [3, 'OPEN'],
      [4, 'OPEN'],
    ])
    expect((await read('place/place__main/2?format=long_inheritance'))[0]?.place.code).toBe('HIDDEN')
  })

  it('with several parents tell them and all ways from the top', async () => {
    const { read, save, sql, id } = await readingArchive(server)
    const made = await save('term', ...['All', 'Print', 'Paper', 'Etching'].map((name) => ({ name })))
    const [all, print, paper, etching] = made.map((term) => term._system_object_id as number)
    const below = async (child: number | undefined, ...parents: (number | undefined)[]) => {
      await sql(`update record set parents = '{${parents.join()}}' where system_id = ${child}`)
      await sql(`update record_version set parents = '{${parents.join()}}' where system_id = ${child}`)
      const links = parents.filter((parent) => parent !== 0)
      for (const parent of links) await sql(`insert into record_parent_link (instance_id, child_id, parent_id) values ('${id}', ${child}, ${parent})`)
    }
    await below(print, all)
    await below(paper, all, 0)
    await below(etching, print, paper)
    const ids = (records: (Json | null)[]) => records.map((record) => record?.term._id ?? null)
    const shown = async (path: string) => {
      const [record] = await read(`term/term__main/${path}`)
      return [
        record?._paths.map(ids),
        ids(record?.term._parents ?? []),
        record?._has_children,
        (record?.term['_reverse_nested:term:_id_parent'] ?? []).map((row: Json) => row._id),
      ]
    }
    expect(await shown('1')).toEqual([[], [], true, [2, 3]])
    expect(await shown('3')).toEqual([[[], [1]], [1, null], true, [4]])
    expect(await shown('4')).toEqual([
      [
        [1, 2],
        [1, 3],
      ],
      [2, 3],
      false,
      [],
    ])
    await save('term', { _id: 4, _version: 2, name: 'Etchings' })
    expect((await shown('4?version=1')).slice(0, 2)).toEqual([
      [
        [1, 2],
        [1, 3],
      ],
      [2, 3],
    ])
    expect(await read('term/term__main/4?format=short')).toMatchObject([{ term: { _id: 4, _version: 2 } }])
    // Rows may say what a save would refuse: a circle ends by itself.
    await below(all, etching)
    expect((await read('term/term__main/1'))[0]?._paths.length).toBeGreaterThan(0)
  })
})
