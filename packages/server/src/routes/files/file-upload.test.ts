import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formOf } from '../../testing/forms.ts'
import { memoryStores } from '../../testing/memory-stores.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

const stores = memoryStores()
let server: TestServer
beforeAll(async () => {
  server = await testServer({ stores })
})
afterAll(() => server.close())

const PATH = '/api/v1/eas/put'
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const list = (value: unknown) => encodeURIComponent(JSON.stringify(value))
/** Objects of this instance, by key. */
const objects = ({ id }: TestInstance) => [...stores.places.values()].flatMap((place) => [...place.keys()].filter((key) => key.includes(id)))

describe('uploading files', () => {
  it.each(['PUT', 'POST'])('stores what a %s brings and answers it in the order of the parts', async (method) => {
    const at = await server.instance()
    const { status, body } = await at.api(method, PATH, formOf({ 'one.txt': 'first', 'two.bin': 'second' }))
    expect(status).toBe(200)
    expect(body).toMatchObject([
      {
        original_filename: 'one.txt',
        original_filename_basename: 'one',
        extension: 'txt',
        class: 'office',
        filesize: 5,
        hash: sha256('first'),
        is_original: true,
        reference: null,
        upload_user: { user: { _generated_displayname: 'Root' } },
        versions: { original: { _download_allowed: true, hash: sha256('first') } },
        metadata: { groupnames: [] },
      },
      { original_filename: 'two.bin', extension: 'bin', class: 'unknown', filesize: 6, hash: sha256('second') },
    ])
    expect(body[0]._id).toBeLessThan(body[1]._id)
    expect(objects(at)).toHaveLength(2)
  })

  it('takes names, references and the wish for versions from the query, and leaves out what is missing there', async () => {
    const { api } = await server.instance()
    const query = `filenames=${list(['', 'named.pdf'])}&references=${list(['museum:1'])}&produce_versions=${list([false])}`
    const { body } = await api('PUT', `${PATH}?${query}`, formOf({ 'one.txt': '1', 'two.txt': '2' }))
    expect(body).toMatchObject([
      { original_filename: 'one.txt', reference: 'museum:1' },
      { original_filename: 'named.pdf', reference: null, class: 'office' },
    ])
  })

  it('keeps the path a file came with, in either spelling', async () => {
    const { api } = await server.instance()
    const { body } = await api('PUT', `${PATH}?filenames=${list(['C:\\scans\\a.tif', '/srv/b.archive.tif'])}`, formOf({ a: '1', b: '2' }))
    expect(body).toMatchObject([
      { original_filepath: 'C:\\scans\\a.tif', original_filename: 'a.tif', original_filename_basename: 'a' },
      { original_filepath: '/srv/b.archive.tif', original_filename: 'b.archive.tif', original_filename_basename: 'b.archive' },
    ])
  })

  it('names files with the same content when asked to', async () => {
    const { api } = await server.instance()
    const [first] = (await api('PUT', PATH, formOf({ 'a.txt': 'same' }))).body
    const [second] = (await api('PUT', `${PATH}?check_for_duplicates=1`, formOf({ 'b.txt': 'same' }))).body
    expect(second._duplicates).toEqual([{ _id: first._id, certainty: 1, linked_system_objects: [] }])
  })

  it('keeps versions that people bring with an original that has no automatic ones', async () => {
    const { api } = await server.instance()
    const [original] = (await api('PUT', `${PATH}?produce_versions=${list([false])}`, formOf({ 'a.txt': 'original' }))).body
    const query = `id_parents=${list([original._id])}&version_names=${list(['print'])}`
    const [version] = (await api('PUT', `${PATH}?${query}`, formOf({ 'a-print.txt': 'for print' }))).body
    expect(version).toMatchObject({ eas_parent_id: original._id, is_original: false })
    const { body } = await api('GET', `/api/v1/eas/${original._id}`)
    expect(Object.keys(body.versions)).toEqual(['original', 'print'])
    const again = await api('PUT', `${PATH}?${query}`, formOf({ 'other.txt': 'x' }))
    expect(again).toMatchObject({ status: 400, body: { code: 'FileVersionRefused', parameters: { version: 'print' } } })
  })
})

describe('an upload that is refused', () => {
  const refused: [string, string, Record<string, string>, string][] = [
    ['a reference that is taken', `references=${list(['taken'])}`, { 'a.txt': 'x' }, 'EasDuplicateReference'],
    ['a reference that stands there twice', `references=${list(['r', 'r'])}`, { 'a.txt': 'x', 'b.txt': 'y' }, 'EasDuplicateReference'],
    [
      'a parent that does not exist',
      `id_parents=${list([null, 999_999])}&version_names=${list([null, 'v'])}`,
      { 'a.txt': 'x', 'b.txt': 'y' },
      'EasNoParentID',
    ],
    ['a version without a parent', `version_names=${list(['v'])}`, { 'a.txt': 'x' }, 'EasNoParentID'],
    ['a list that is none', 'references=soon', { 'a.txt': 'x' }, 'ServerGeneric'],
    ['a collection, which does not make records of files yet', 'collection=1', { 'a.txt': 'x' }, 'UrlParameterNotSupported'],
    ['a list of other things', `filenames=${list([1])}`, { 'a.txt': 'x' }, 'ServerGeneric'],
  ]
  it.each(refused)('for %s leaves nothing behind', async (_, query, files, code) => {
    const at = await server.instance()
    await at.api('PUT', `${PATH}?references=${list(['taken'])}`, formOf({ 'first.txt': 'first' }))
    const before = objects(at)
    expect(await at.api('PUT', `${PATH}?${query}`, formOf(files))).toMatchObject({ status: 400, body: { code } })
    expect(objects(at)).toEqual(before)
  })

  it('because a part is no file, or has another name, leaves nothing behind', async () => {
    const at = await server.instance()
    const text = new FormData()
    text.append('file', 'just a text')
    const other = formOf({ 'a.txt': 'x' })
    other.append('attachment', new File(['y'], 'b.txt'))
    for (const form of [text, other]) expect(await at.api('PUT', PATH, form)).toMatchObject({ status: 400, body: { code: 'ServerGeneric' } })
    expect(objects(at)).toEqual([])
  })

  it('because its body breaks off leaves nothing behind', async () => {
    const at = await server.instance()
    const body = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf of it'
    const answer = await at.api('PUT', PATH, body, { headers: { 'content-type': 'multipart/form-data; boundary=b' } })
    expect(answer).toMatchObject({ status: 400 })
    expect(objects(at)).toEqual([])
  })

  it('because the store fails is told as such, and leaves nothing behind', async () => {
    const at = await server.instance()
    let left = 1
    stores.trouble = () => {
      if (--left < 0) throw new Error('down')
    }
    try {
      const answer = await at.api('PUT', PATH, formOf({ 'a.txt': 'x' }))
      expect(answer).toMatchObject({ status: 503, body: { code: 'FileStoreUnavailable' } })
    } finally {
      stores.trouble = () => undefined
    }
    expect(objects(at)).toEqual([])
  })

  it('without the right to upload anywhere stores nothing', async () => {
    const at = await server.instance()
    expect(await at.api('PUT', PATH, formOf({ 'a.txt': 'x' }), { token: null })).toMatchObject({ status: 401, body: { code: 'UserRequired' } })
    await at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'reader', type: 'easydb' }, _password: 'a long enough password' }])
    const token = await at.signIn('reader', 'a long enough password')
    const answer = await at.api('PUT', PATH, formOf({ 'a.txt': 'x' }), { token })
    expect(answer).toMatchObject({ status: 403, body: { code: 'RightRequired', parameters: { right: 'asset_upload' } } })
    expect(objects(at)).toEqual([])
  })
})
