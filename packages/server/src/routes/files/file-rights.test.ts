/** Who may see and download a file, before and after a record has it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk } from '../../testing/gallery.ts'
import { COLUMNS, filedRecords, type Json, type FiledRecords } from '../../testing/filed-records.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

type Rights = Record<string, object>

async function granted(at: FiledRecords, type: string, rights: Readonly<Record<number, Rights>>) {
  const found = (await at.api<Json[]>('GET', '/api/v1/objecttype')).body.find(({ objecttype }) => objecttype.name === type)
  const { _id, _version } = found.objecttype
  const _acl = Object.entries(rights).map(([id, own]) => ({ who: { user: { _id: Number(id) } }, rights: own }))
  expectOk(await at.api('POST', '/api/v1/objecttype', [{ _basetype: 'objecttype', objecttype: { _id, _version: _version + 1 }, _acl }]))
}

/** How far somebody gets: `hidden`, `known` (without a version), `shown` or `had`. */
async function reach(at: FiledRecords, id: number, token: string | null, query = ''): Promise<string> {
  const { status, body } = await at.api('GET', `/api/v1/eas/${id}?${query}`, undefined, { token })
  if (status !== 200) return body.code === 'InsufficientRights' ? 'hidden' : body.code
  const original = body.versions.original
  const seen = original ? (original._download_allowed ? 'had' : 'shown') : 'known'
  const { path } = (await at.api('GET', `/api/v1/eas/${id}`)).body.versions.original
  const got = async (disposition: string) => (await at.api('GET', `${path}?disposition=${disposition}&${query}`, undefined, { token })).status
  const statuses = { known: [403, 403], shown: [200, 403], had: [200, 200] }[seen]
  expect([await got('inline'), await got('attachment')], seen).toEqual(statuses)
  return seen
}

async function scene() {
  const at = await filedRecords(server)
  const [owner, reader] = [await at.person('owner'), await at.person('reader')]
  await granted(at, 'artist', { [owner.id]: { asset_upload: {} } })
  const [file = 0] = await at.upload(['file.txt'], owner.token)
  const all = async (query = '') => ({
    root: await reach(at, file, at.token, query),
    owner: await reach(at, file, owner.token, query),
    reader: await reach(at, file, reader.token, query),
    anybody: await reach(at, file, null, query),
  })
  return { at, owner, reader, file, all }
}

describe('a file', () => {
  it('belongs to its uploader until a record has it, and follows the record from then on', async () => {
    const { at, reader, file, all } = await scene()
    expect(await all()).toEqual({ root: 'had', owner: 'had', reader: 'hidden', anybody: 'hidden' })
    const { work } = await at.saved('work', { files: [file] })
    expect(await all()).toEqual({ root: 'had', owner: 'known', reader: 'hidden', anybody: 'hidden' })
    await granted(at, 'work', { [reader.id]: { read: {} } })
    expect(await all()).toMatchObject({ reader: 'known' })
    await granted(at, 'work', { [reader.id]: { asset_download: {} } })
    expect(await all(), 'without the right to read the record').toMatchObject({ reader: 'hidden' })
    await granted(at, 'work', { [reader.id]: { read: {}, asset_show: {} } })
    expect(await all()).toMatchObject({ reader: 'shown' })
    await granted(at, 'work', { [reader.id]: { read: {}, asset_download: {} } })
    expect(await all()).toMatchObject({ reader: 'had', anybody: 'hidden' })
    await at.saved('work', { _id: work._id, _version: 2 })
    expect(await all(), 'once only an old version has it').toEqual({ root: 'had', owner: 'had', reader: 'hidden', anybody: 'hidden' })
  })

  it('is had by versions and columns where rights name some', async () => {
    const { at, reader, file, all } = await scene()
    await at.saved('work', { files: [file] })
    const given = async (rights: Rights) => {
      await granted(at, 'work', { [reader.id]: { read: {}, ...rights } })
      return (await all()).reader
    }
    expect(await given({ asset_download: { versions: ['preview'] } })).toBe('known')
    expect(await given({ asset_download: { versions: ['original', 'preview'] } })).toBe('had')
    expect(await given({ asset_download: { column_ids: [COLUMNS.poster] } })).toBe('known')
    expect(await given({ asset_show: { column_ids: [COLUMNS.files] }, asset_download: { column_ids: [COLUMNS.poster] } })).toBe('shown')
  })

  it('is had by anybody where those who have not signed in may have it', async () => {
    const { at, file, all } = await scene()
    await at.saved('work', { files: [file] })
    const [links] = await server.database
      .tenant(at.id)
      .read((sql) => sql<{ id: number }[]>`select id::int as id from app_user where instance_id = ${at.id} and reference = 'system:deep_link'`)
    await granted(at, 'work', { [links?.id ?? 0]: { read: {}, asset_download: {} } })
    expect(await all()).toMatchObject({ reader: 'hidden', anybody: 'had' })
  })

  it('is judged by one record alone where that is named', async () => {
    const { at, reader, file, all } = await scene()
    const work = await at.saved('work', { files: [file] })
    const item = await at.saved('item', { label: 'l', scan: [file] })
    await granted(at, 'work', { [reader.id]: { read: {}, asset_download: {} } })
    await granted(at, 'item', { [reader.id]: { read: {} } })
    expect((await all()).reader).toBe('had')
    expect((await all(`obj_uuid=${work._uuid}`)).reader).toBe('had')
    expect((await all(`obj_uuid=${item._uuid}`)).reader).toBe('known')
    expect((await all(`obj_uuid=${encodeURIComponent(work._global_object_id)}`)).reader).toBe('had')
    expect((await all(`obj_uuid=${work._system_object_id}@elsewhere`)).reader).toBe('hidden')
    expect((await all('obj_uuid=nothing')).reader).toBe('hidden')
  })

  it('is nobody’s while its record is in the trash', async () => {
    const { at, reader, file, all } = await scene()
    const { work } = await at.saved('work', { files: [file] })
    await granted(at, 'work', { [reader.id]: { read: {}, asset_download: {} } })
    expectOk(await at.api('DELETE', '/api/v1/db/work', [[work._id, 1, null]]))
    expect(await all()).toEqual({ root: 'had', owner: 'known', reader: 'hidden', anybody: 'hidden' })
  })

  it('names the records that have one with the same content', async () => {
    const { at, file } = await scene()
    const [twin] = await at.upload(['file.txt'])
    const { _system_object_id: systemId } = await at.saved('work', { files: [file] })
    const { body } = await at.api('GET', `/api/v1/eas/${twin}?check_for_duplicates=1`)
    expect(body._duplicates).toEqual([
      { _id: file, certainty: 1, linked_system_objects: [{ _system_object_id: systemId, _column_id: COLUMNS.files }] },
    ])
  })
})
