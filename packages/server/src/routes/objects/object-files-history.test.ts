/** Files of records over time: in old versions, in the trash, and when a record is gone for good. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk } from '../../testing/gallery.ts'
import { COLUMNS, filedRecords, type Json, type FiledRecords } from '../../testing/filed-records.ts'
import { inconsistencies } from '../../testing/record-consistency.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const remove = (at: FiledRecords, item: [number, number], policy = '') =>
  at.api('DELETE', `/api/v1/db/work${policy && `?delete_policy=${policy}`}`, [[...item, null]])

describe('an old version', () => {
  it('shows the files it had, and they stay linked', async () => {
    const at = await filedRecords(server)
    const [one = 0, two = 0, three = 0] = await at.upload(['one.txt', 'two.txt', 'three.txt'])
    const { work, _system_object_id: systemId } = await at.saved('work', {
      files: [one, two],
      '_nested:work__views': [{ caption: 'c', view: [three] }],
    })
    await at.saved('work', { _id: work._id, _version: 2, files: [{ _id: two, name: 'kept' }] })
    expect(await at.links(systemId)).toEqual([
      [COLUMNS.files, one, false],
      [COLUMNS.files, two, true],
      [COLUMNS.view, three, false],
    ])
    const old = await at.read('work', work._id, 'format=long&version=1')
    expect(at.ids(old.work.files)).toEqual([one, two])
    expect(old.work['_nested:work__views'][0].view).toMatchObject([{ _id: three, versions: { original: { _download_allowed: true } } }])
    const all = expectOk(await at.api('GET', `/api/v1/db/work/work__main/${work._id}?format=long&all_versions=1`)).body
    expect(all.map((version: Json) => version.work.files.map(({ name }: Json) => name ?? null))).toEqual([[null, null], ['kept']])
    expect(await inconsistencies(server, at)).toEqual([])
  })

  it('shows the files that a target had then', async () => {
    const at = await filedRecords(server)
    const [before = 0, after = 0] = await at.upload(['before.txt', 'after.txt'])
    const { artist } = await at.saved('artist', { name: 'A', portrait: [before] })
    const link = { _objecttype: 'artist', _mask: '_all_fields', artist: { _id: artist._id } }
    const { work } = await at.saved('work', { title: 'x', artist: link })
    await at.saved('work', { _id: work._id, _version: 2, title: 'y', artist: link })
    await at.saved('artist', { _id: artist._id, _version: 2, name: 'A', portrait: [after] })
    const portraitOf = async (query: string) => at.ids((await at.read('work', work._id, `format=long${query}`)).work.artist._standard.eas['1'])
    expect([await portraitOf('&version=1'), await portraitOf('')]).toEqual([[before], [after]])
  })

  it('gives a file back to the newest one', async () => {
    const at = await filedRecords(server)
    const [one = 0] = await at.upload(['one.txt'])
    const { work, _system_object_id: systemId } = await at.saved('work', { files: [one] })
    await at.saved('work', { _id: work._id, _version: 2 })
    await at.saved('work', { _id: work._id, _version: 3, files: [one] })
    expect(await at.links(systemId)).toEqual([[COLUMNS.files, one, true]])
  })
})

describe('a record that is deleted', () => {
  it('keeps its files in the trash, and has them again afterwards', async () => {
    const at = await filedRecords(server)
    const [one = 0] = await at.upload(['one.txt'])
    const { work, _system_object_id: systemId } = await at.saved('work', { files: [one] })
    expectOk(await remove(at, [work._id, 1]))
    expect(await at.links(systemId)).toEqual([[COLUMNS.files, one, true]])
    expect(await inconsistencies(server, at)).toEqual([])
    expectOk(await remove(at, [work._id, 2], 'undelete'))
    expect(at.ids((await at.read('work', work._id)).work.files)).toEqual([one])
    expect(await inconsistencies(server, at)).toEqual([])
  })

  it('frees them when it goes for good', async () => {
    const at = await filedRecords(server)
    const [one = 0, two = 0] = await at.upload(['one.txt', 'two.txt'])
    const { work, _system_object_id: systemId } = await at.saved('work', { files: [one] })
    await at.saved('work', { _id: work._id, _version: 2, files: [two] })
    expectOk(await remove(at, [work._id, 2]))
    expectOk(await remove(at, [work._id, 3], 'purge'))
    expect(await at.links(systemId)).toEqual([])
    expect((await at.api('GET', `/api/v1/eas/${one}`)).body.versions.original).toMatchObject({ _download_allowed: true })
  })
})

describe('a column that is taken out of the datamodel', () => {
  it('leaves its files to the old versions', async () => {
    const at = await filedRecords(server)
    const [one = 0, two = 0] = await at.upload(['one.txt', 'two.txt'])
    const { work, _system_object_id: systemId } = await at.saved('work', { title: 't', files: [one], poster: [two] })
    const schema = expectOk(await at.api('GET', '/api/v1/schema/user/CURRENT')).body
    const tables = schema.tables.map((table: Json) => ({
      ...table,
      columns: table.columns.filter(({ name }: Json) => name !== 'poster'),
    }))
    expectOk(await at.api('POST', '/api/v1/schema/user/HEAD', { ...schema, tables }))
    const masks = expectOk(await at.api('GET', '/api/v1/mask/CURRENT')).body.masks.map((mask: Json) => ({
      ...mask,
      fields: mask.fields.filter((field: Json) => field.column_name_hint !== 'poster'),
    }))
    expectOk(await at.api('POST', '/api/v1/mask/HEAD', { masks }))
    expectOk(await at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip'))
    expect(await at.links(systemId)).toEqual([
      [COLUMNS.files, one, true],
      [COLUMNS.poster, two, false],
    ])
    await at.saved('work', { _id: work._id, _version: 2, title: 'u', files: [one] })
    expect(at.ids((await at.read('work', work._id, 'format=long&version=1')).work.poster)).toEqual([two])
  })
})
