/** What somebody has to be allowed to put files into records, to take them out, and to have them from there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk, record } from '../../testing/gallery.ts'
import { COLUMNS, filedRecords, type Json, type FiledRecords } from '../../testing/filed-records.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

type Rights = Record<string, object>
const EDITS: Rights = { read: {}, write: {}, create: {}, mask: {} }

async function granted(at: FiledRecords, type: string, rights: Readonly<Record<number, Rights>>) {
  const found = (await at.api<Json[]>('GET', '/api/v1/objecttype')).body.find(({ objecttype }) => objecttype.name === type)
  const { _id, _version } = found.objecttype
  const _acl = Object.entries(rights).map(([id, own]) => ({ who: { user: { _id: Number(id) } }, rights: own }))
  expectOk(await at.api('POST', '/api/v1/objecttype', [{ _basetype: 'objecttype', objecttype: { _id, _version: _version + 1 }, _acl }]))
}

/** Somebody with these rights on works, who may upload by one on artists. */
async function editor(rights: Rights) {
  const at = await filedRecords(server)
  const user = await at.person('editor')
  await granted(at, 'work', { [user.id]: rights })
  await granted(at, 'artist', { [user.id]: { asset_upload: {} } })
  const save = (block: object, envelope: object = {}, query = '') =>
    at.api('POST', `/api/v1/db/work?${query}`, [record('work', block, envelope)], { token: user.token })
  return { at, user, save, upload: async (...names: string[]) => at.upload(names, user.token) }
}

const refusedFor = (right: string) => ({ status: 403, body: { code: 'ObjectInsufficientRights', parameters: { right } } })

describe('putting a file into a record', () => {
  it('needs asset_upload on the record, in a dry run as well', async () => {
    const { save, upload } = await editor(EDITS)
    const files = await upload('own.txt')
    expect(await save({ files })).toMatchObject(refusedFor('asset_upload'))
    expect((await save({ files }, {}, 'dry_run=1')).body.problems).toMatchObject([{ code: 'ObjectInsufficientRights' }])
  })

  it('keeps to the columns, classes, extensions and sizes that the right names', async () => {
    const limits: [object, string, object][] = [
      [{ column_ids: [COLUMNS.poster] }, 'files', refusedFor('asset_upload')],
      [{ column_ids: [COLUMNS.files] }, 'files', { status: 200 }],
      [{ classes: ['image'] }, 'files', refusedFor('asset_upload')],
      [{ classes: ['office'] }, 'files', { status: 200 }],
      [{ extensions: ['jpg'] }, 'files', refusedFor('asset_upload')],
      [{ extensions: ['txt'] }, 'files', { status: 200 }],
      [{ limit: '5b' }, 'files', { status: 400, body: { code: 'FileLimitExceeded', parameters: { filesize: 18, limit: 5, filename: 'own.txt' } } }],
      [{ limit: '1kB' }, 'files', { status: 200 }],
    ]
    const { at, user, save, upload } = await editor({})
    for (const [limit, field, answer] of limits) {
      await granted(at, 'work', { [user.id]: { ...EDITS, asset_upload: limit } })
      expect(await save({ [field]: await upload('own.txt') }), JSON.stringify(limit)).toMatchObject(answer)
    }
  })

  it('is judged by the record as it is afterwards', async () => {
    const { at, user } = await editor({})
    const { body: pools } = await at.api('POST', '/api/v1/pool', [
      { _basetype: 'pool', pool: { name: { 'en-US': 'a' }, _id_parent: 1 }, _acl: [] },
      { _basetype: 'pool', pool: { name: { 'en-US': 'b' }, _id_parent: 1 }, _acl: [] },
    ])
    const ids = pools.map(({ pool }: Json) => pool._id as number)
    const all = { ...EDITS, link: {}, unlink: {} }
    const acl = (rights: Rights) => [{ who: { user: { _id: user.id } }, rights }]
    expectOk(
      await at.api('POST', '/api/v1/pool', [
        { _basetype: 'pool', pool: { _id: ids[0], _version: 2 }, _acl: acl({ ...all, asset_upload: {} }) },
        { _basetype: 'pool', pool: { _id: ids[1], _version: 2 }, _acl: acl(all) },
      ]),
    )
    const content = await at.upload(['own.txt'], user.token)
    const save = (block: object, pool: number | undefined) =>
      at.api('POST', '/api/v1/db/folder?format=long', [record('folder', { ...block, _pool: { pool: { _id: pool } } })], { token: user.token })
    expect(await save({ content }, ids[1])).toMatchObject(refusedFor('asset_upload'))
    const { folder } = expectOk(await save({}, ids[0])).body[0]
    expect(await save({ _id: folder._id, _version: 2, content }, ids[1])).toMatchObject(refusedFor('asset_upload'))
    expect(await save({ _id: folder._id, _version: 2, content }, ids[0])).toMatchObject({ status: 200 })
  })
})

describe('taking a file out of a record', () => {
  it('needs the right to update and remove, and so does replacing it', async () => {
    const { at, save, upload } = await editor({ ...EDITS, asset_upload: {} })
    const [one, two] = await upload('one.txt', 'two.txt')
    const { work } = expectOk(await save({ files: [one] }, {}, 'format=long')).body[0]
    const next = { _id: work._id, _version: 2 }
    expect(await save({ ...next, files: [two] })).toMatchObject(refusedFor('asset_upload'))
    expect(await save({ ...next, title: 'x' })).toMatchObject(refusedFor('asset_upload'))
    expect(await save({ ...next, files: [two, { _id: one, name: 'renamed' }], title: 'y' })).toMatchObject({ status: 200 })
    expect(at.ids((await at.read('work', work._id)).work.files)).toEqual([two, one])
  })

  it('is allowed where the right says so for the column', async () => {
    const { save, upload } = await editor({ ...EDITS, asset_upload: { allow_update_and_remove: true } })
    const { work } = expectOk(await save({ files: await upload('one.txt') }, {}, 'format=long')).body[0]
    expect(await save({ _id: work._id, _version: 2, files: [] })).toMatchObject({ status: 200 })
  })
})

describe('a file of somebody else', () => {
  const UPLOADS = { ...EDITS, asset_upload: { allow_update_and_remove: true } }
  const missing = (id: number | undefined) => ({
    status: 400,
    body: { code: 'SchemaInconsistent', parameters: { msg: expect.stringContaining(`no file ${id}`) as string } },
  })

  it('cannot be had by linking it, and is not even known', async () => {
    const { at, save } = await editor(UPLOADS)
    const [loose] = await at.upload(['secret.txt'])
    const [hidden] = await at.upload(['hidden.txt'])
    await at.saved('artist', { portrait: [hidden] })
    for (const id of [loose, hidden, 999_999]) expect(await save({ files: [id] })).toMatchObject(missing(id))
  })

  it('can be linked by whoever may download it where it is', async () => {
    const { at, user, save } = await editor({ ...UPLOADS, asset_show: {} })
    const [file] = await at.upload(['shared.txt'])
    await at.saved('work', { files: [file] })
    expect(await save({ files: [file] })).toMatchObject({ status: 403, body: { code: 'RightRequired', parameters: { right: 'asset_download' } } })
    const may = (asset_download: object) => granted(at, 'work', { [user.id]: { ...UPLOADS, asset_download } })
    await may({ column_ids: [COLUMNS.poster] })
    expect(await save({ poster: [file] })).toMatchObject({ status: 403 })
    await may({ versions: ['small'] })
    expect(await save({ files: [file] })).toMatchObject({ status: 403 })
    await may({ column_ids: [COLUMNS.files] })
    expect(await save({ files: [file] })).toMatchObject({ status: 200 })
  })

  it('cannot be moved inside a record to a field in which it could be had', async () => {
    const { at, save } = await editor({ ...UPLOADS, asset_download: { column_ids: [COLUMNS.poster] } })
    const { work } = await at.saved('work', { files: await at.upload(['held.txt']) })
    const file = at.ids(work.files)
    expect(await save({ _id: work._id, _version: 2, poster: file })).toMatchObject({ status: 403 })
    expect(await save({ _id: work._id, _version: 2, poster: file, files: file })).toMatchObject({ status: 403 })
  })

  it('was his own, and is not his any more once a record that he may not see has it', async () => {
    const { at, save, upload } = await editor(UPLOADS)
    const [file] = await upload('given.txt')
    await at.saved('artist', { portrait: [file] })
    expect(await save({ files: [file] })).toMatchObject({ status: 403, body: { code: 'RightRequired' } })
  })
})

describe('what is shown of files in a record', () => {
  it('is what the rights on that record allow, for the column the file stands in', async () => {
    const limits: [Rights, Json, Json][] = [
      [{}, {}, {}],
      [{ asset_show: {} }, { _show_allowed: true, _download_allowed: false }, { _show_allowed: true, _download_allowed: false }],
      [{ asset_download: { column_ids: [COLUMNS.poster] } }, {}, { _show_allowed: true, _download_allowed: true }],
      [{ asset_download: { versions: ['huge'] } }, {}, {}],
    ]
    const { at, user } = await editor({})
    const [one, two] = await at.upload(['one.txt', 'two.txt'])
    const { work } = await at.saved('work', { files: [one], poster: [two] })
    for (const [rights, files, poster] of limits) {
      await granted(at, 'work', { [user.id]: { read: {}, mask: {}, ...rights } })
      const path = `/api/v1/db/work/work__main/${work._id}?format=long`
      const [seen] = expectOk(await at.api('GET', path, undefined, { token: user.token })).body
      const allowed = ([{ versions }]: Json) => {
        const { _show_allowed, _download_allowed } = versions.original ?? {}
        return versions.original ? { _show_allowed, _download_allowed } : versions
      }
      expect([allowed(seen.work.files), allowed(seen.work.poster)]).toEqual([files, poster])
      expect(seen._standard.eas[1]).toEqual(seen.work.files)
    }
  })

  it('leaves the files of a target out that the caller may not read', async () => {
    const { at, user } = await editor({ read: {}, mask: {} })
    const { artist } = await at.saved('artist', { name: 'A', portrait: await at.upload(['portrait.txt']) })
    const link = { _objecttype: 'artist', _mask: 'artist__main', artist: { _id: artist._id } }
    const { work } = await at.saved('work', { artist: link })
    const [seen] = expectOk(await at.api('GET', `/api/v1/db/work/work__main/${work._id}?format=long`, undefined, { token: user.token })).body
    expect(seen.work.artist._standard).not.toHaveProperty('eas')
  })
})
