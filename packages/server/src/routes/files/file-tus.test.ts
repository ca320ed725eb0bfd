import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { formOf } from '../../testing/forms.ts'
import { memoryStores } from '../../testing/memory-stores.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'
import { fileIdOf, offsetOf, TUS, tusOf } from '../../testing/uploads.ts'

const stores = memoryStores()
let server: TestServer
beforeAll(async () => {
  server = await testServer({ stores, uploadPieceBytes: 4 })
})
afterAll(() => server.close())
afterEach(() => {
  stores.trouble = () => undefined
})

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const readerOf = async (at: TestInstance) => {
  await at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'reader', type: 'easydb' }, _password: 'a long enough password' }])
  return { token: await at.signIn('reader', 'a long enough password') }
}
/** Objects of this instance, by key. */
const objects = ({ id }: TestInstance) => [...stores.places.values()].flatMap((place) => [...place.keys()].filter((key) => key.includes(id)))
const fileOf = async ({ api }: TestInstance, id: number) => (await api('GET', `/api/v1/eas/${id}?format=long`)).body
const countFiles = async ({ id }: TestInstance) => {
  const [row] = await server.database.tenant(id).read((sql) => sql<[{ n: number }]>`select count(*)::int as n from file where instance_id = ${id}`)
  return row.n
}

describe('what resumable uploads can do', () => {
  it.each([TUS, `${TUS}/any`])('is told at %s, to pages of every origin', async (path) => {
    const { api } = await server.instance()
    const { status, headers } = await api('OPTIONS', path, undefined, {
      token: null,
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'upload-offset' },
    })
    expect(status).toBe(204)
    expect(headers.get('tus-version')).toBe('1.0.0')
    expect(headers.get('tus-extension')).toBe('creation,creation-with-upload,creation-defer-length,expiration,termination')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-allow-methods')).toContain('PATCH')
    expect(headers.get('access-control-allow-headers')).toContain('Upload-Offset')
  })

  it('can be read by pages of every origin from answers, failures among them', async () => {
    const at = await server.instance()
    for (const { headers } of [await tusOf(at).create({ filename: 'a.txt' }, { 'upload-length': '1' }), await tusOf(at).ask(`${TUS}/none`)]) {
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('access-control-expose-headers')).toContain('Upload-Offset')
      expect(headers.get('tus-resumable')).toBe('1.0.0')
    }
  })
})

describe('a resumable upload', () => {
  it('becomes a file with its last byte, and leaves no pieces behind', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(11, { filename: 'C:\\scans\\vase.txt', reference: 'museum:1', priority: '2' })
    const first = await tus.write(address, 0, 'hello')
    expect([first.status, offsetOf(first)]).toEqual([204, 5])
    expect(Date.parse(first.headers.get('upload-expires') ?? '')).toBeGreaterThan(Date.now())
    expect(objects(at)).toHaveLength(2)
    const asked = await tus.ask(address)
    expect([asked.status, offsetOf(asked), asked.headers.get('upload-length')]).toEqual([200, 5, '11'])
    expect(asked.headers.get('cache-control')).toBe('no-store')
    expect(asked.headers.get('x-vitrine-file-id')).toBeNull()
    const last = await tus.write(address, 5, ' world')
    expect([last.status, offsetOf(last)]).toEqual([204, 11])
    expect(await fileOf(at, fileIdOf(last))).toMatchObject({
      original_filename: 'vase.txt',
      reference: 'museum:1',
      filesize: 11,
      hash: sha256('hello world'),
      upload_user: { user: { _generated_displayname: 'Root' } },
    })
    expect(fileIdOf(await tus.ask(address))).toBe(fileIdOf(last))
    expect(objects(at)).toHaveLength(1)
  })

  it('may bring its first bytes as it begins, or all of them', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const whole = await tus.create({ filename: 'a.txt' }, { 'upload-length': '5' }, 'whole')
    expect([whole.status, offsetOf(whole)]).toEqual([201, 5])
    expect((await fileOf(at, fileIdOf(whole))).hash).toBe(sha256('whole'))
    const part = await tus.create({ filename: 'a.txt' }, { 'upload-length': '5' }, 'par')
    expect([part.status, offsetOf(part)]).toEqual([201, 3])
    expect(fileIdOf(await tus.write(part.headers.get('location') ?? '', 3, 'ts'))).toBeGreaterThan(fileIdOf(whole))
  })

  it('of no bytes is a file as soon as it has begun', async () => {
    const at = await server.instance()
    const made = await tusOf(at).create({ filename: 'empty.txt' }, { 'upload-length': '0' })
    expect(made.status).toBe(201)
    expect(await fileOf(at, fileIdOf(made))).toMatchObject({ filesize: 0, hash: sha256('') })
  })

  it('may say later how long it is', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const made = await tus.create({ filename: 'a.txt' }, { 'upload-defer-length': '1' }, 'not yet')
    const address = made.headers.get('location') ?? ''
    expect((await tus.ask(address)).headers.get('upload-defer-length')).toBe('1')
    expect(await tus.write(address, 7, '!', { 'upload-length': '3' })).toMatchObject({ status: 400 })
    const last = await tus.write(address, 7, '!', { 'upload-length': '8' })
    expect((await fileOf(at, fileIdOf(last))).hash).toBe(sha256('not yet!'))
  })

  it('answers what was said of the file, known or not', async () => {
    const tus = tusOf(await server.instance())
    const metadata = (await tus.ask(await tus.begin(1, { filetype: 'text/plain', sha256: sha256('x') }))).headers.get('upload-metadata')
    expect(metadata).toBe(`filename YS50eHQ=,filetype dGV4dC9wbGFpbg==,sha256 ${Buffer.from(sha256('x')).toString('base64')}`)
  })

  it('can be a version of an original', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const original = fileIdOf(await tus.create({ filename: 'a.txt', produce_versions: 'false' }, { 'upload-length': '1' }, 'x'))
    const version = await tus.create({ filename: 'b.txt', id_parent: String(original), version_name: 'print' }, { 'upload-length': '1' }, 'y')
    expect(await fileOf(at, fileIdOf(version))).toMatchObject({ eas_parent_id: original, is_original: false })
  })
})

describe('an upload that cannot begin', () => {
  const refused: [string, Record<string, string>, Record<string, string>, string][] = [
    ['without a name', {}, {}, 'EasEmptyFilename'],
    ['whose name is only a folder', { filename: 'scans/' }, {}, 'EasEmptyFilename'],
    ['whose name has characters that names cannot have', { filename: 'a\u0007.txt' }, {}, 'EasInvalidFilename'],
    ['with a reference that is taken', { filename: 'a.txt', reference: 'taken' }, {}, 'EasDuplicateReference'],
    ['for a parent that is not there', { filename: 'a.txt', id_parent: '999999', version_name: 'v' }, {}, 'EasNoParentID'],
    ['for a version without a parent', { filename: 'a.txt', version_name: 'v' }, {}, 'EasNoParentID'],
    ['with a parent that is no number', { filename: 'a.txt', id_parent: 'one', version_name: 'v' }, {}, 'ServerGeneric'],
    ['with a checksum that is none', { filename: 'a.txt', sha256: 'abc' }, {}, 'ServerGeneric'],
    ['with a configuration that is no object', { filename: 'a.txt', custom_produce_config: '[]' }, {}, 'ServerGeneric'],
    ['with a character that cannot be kept', { filename: 'a.txt', note: '\0' }, {}, 'ServerGeneric'],
    ['with metadata that is not encoded', { filename: 'a.txt' }, { 'upload-metadata': 'filename a.txt' }, 'ServerGeneric'],
    ['with a length and without one', { filename: 'a.txt' }, { 'upload-defer-length': '1' }, 'ServerGeneric'],
    ['of a negative length', { filename: 'a.txt' }, { 'upload-length': '-1' }, 'ServerGeneric'],
  ]
  it.each(refused)('%s is told why', async (_, metadata, headers, code) => {
    const at = await server.instance()
    await at.api('PUT', `/api/v1/eas/put?references=${encodeURIComponent('["taken"]')}`, formOf({ 'first.txt': 'first' }))
    const answer = await tusOf(at).create(metadata, { 'upload-length': '1', ...headers }, 'x')
    expect(answer).toMatchObject({ status: 400, body: { code } })
    expect(objects(at)).toHaveLength(1)
  })

  it('in another version of the protocol is told the right one', async () => {
    const { api } = await server.instance()
    for (const version of ['', '0.2.2']) {
      const answer = await api('POST', TUS, undefined, { headers: { ...(version && { 'tus-resumable': version }), 'upload-length': '1' } })
      expect(answer).toMatchObject({ status: 412, body: { code: 'TusVersionUnsupported', parameters: { version } } })
      expect(answer.headers.get('tus-version')).toBe('1.0.0')
    }
    for (const [method, body] of [['HEAD'], ['PATCH', 'x'], ['DELETE']] as const) {
      const headers = { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }
      expect((await api(method, `${TUS}/any`, body, { headers })).status).toBe(412)
    }
  })

  it('without a name of who asks, or the right to upload, is refused', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const stranger = await tus.create({ filename: 'a.txt' }, { 'upload-length': '1' }, undefined, { token: null })
    expect(stranger).toMatchObject({ status: 401, body: { code: 'UserRequired' } })
    const reader = await readerOf(at)
    const answer = await tus.create({ filename: 'a.txt' }, { 'upload-length': '1' }, undefined, reader)
    expect(answer).toMatchObject({ status: 403, body: { code: 'RightRequired', parameters: { right: 'asset_upload' } } })
  })

  it('because the store is down can begin anew, and leaves one file', async () => {
    const at = await server.instance()
    stores.trouble = () => {
      throw new Error('down')
    }
    const tus = tusOf(at)
    const answer = await tus.create({ filename: 'a.txt', reference: 'once' }, { 'upload-length': '1' }, 'x')
    expect(answer).toMatchObject({ status: 503, body: { code: 'FileStoreUnavailable' } })
    stores.trouble = () => undefined
    expect((await tus.create({ filename: 'a.txt', reference: 'once' }, { 'upload-length': '1' }, 'x')).status).toBe(201)
    expect(await countFiles(at)).toBe(1)
  })
})

describe('going on with an upload', () => {
  it('anywhere but where it has come to is refused', async () => {
    const tus = tusOf(await server.instance())
    const address = await tus.begin(6)
    await tus.write(address, 0, 'abc')
    for (const offset of [0, 2, 4])
      expect(await tus.write(address, offset, 'x')).toMatchObject({
        status: 409,
        body: { code: 'UploadOffsetMismatch', parameters: { offset, expected: 3 } },
      })
  })

  it('with the last bytes again makes no second file', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(6)
    const last = await tus.write(address, 0, 'abcdef')
    expect((await tus.write(address, 0, 'abcdef')).status).toBe(409)
    expect(fileIdOf(await tus.write(address, 6, ''))).toBe(fileIdOf(last))
    expect(await countFiles(at)).toBe(1)
  })

  it('beyond its length is refused, and what was there stays', async () => {
    const tus = tusOf(await server.instance())
    const address = await tus.begin(4)
    await tus.write(address, 0, 'abc')
    expect(await tus.write(address, 3, 'defg')).toMatchObject({ status: 400, body: { code: 'UploadError' } })
    expect(offsetOf(await tus.ask(address))).toBeGreaterThanOrEqual(3)
    expect(fileIdOf(await tus.write(address, 3, 'd'))).toBeGreaterThan(0)
  })

  it('in another media type, or without saying where, is refused', async () => {
    const { api, ...at } = await server.instance()
    const address = await tusOf({ api, ...at }).begin(4)
    const headers = { 'tus-resumable': '1.0.0', 'upload-offset': '0' }
    expect(await api('PATCH', address, '{}', { headers })).toMatchObject({ status: 415 })
    const typed = { 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream' }
    expect(await api('PATCH', address, 'x', { headers: typed })).toMatchObject({ status: 400, body: { code: 'ServerGeneric' } })
  })

  it('is for the one who began it, and root; to others there is no such upload', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const reader = await readerOf(at)
    const address = await tus.begin(4)
    const gone = await tus.end(`${TUS}/none`, reader)
    expect(gone).toMatchObject({ status: 404, body: { code: 'ResourceNotFound' } })
    expect(await tus.end(address, reader)).toMatchObject({ status: 404, body: gone.body })
    expect((await tus.ask(address, reader)).status).toBe(404)
    expect((await tus.ask(address)).status).toBe(200)
  })
})

describe('the checksum of an upload', () => {
  it('is that of the file, in either case', async () => {
    const tus = tusOf(await server.instance())
    const address = await tus.begin(6, { sha256: sha256('abcdef').toUpperCase() })
    expect(fileIdOf(await tus.write(address, 0, 'abcdef'))).toBeGreaterThan(0)
  })

  it('that its bytes do not have refuses it as a whole', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(6, { sha256: sha256('other') })
    expect(await tus.write(address, 0, 'abcdef')).toMatchObject({ status: 400, body: { code: 'UploadError', parameters: { filename: 'a.txt' } } })
    expect((await tus.ask(address)).status).toBe(404)
    expect(objects(at)).toEqual([])
    expect(await countFiles(at)).toBe(0)
  })
})

describe('giving an upload up', () => {
  it('removes what has arrived', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(20)
    await tus.write(address, 0, 'abcdefghij')
    expect(objects(at)).toHaveLength(3)
    expect((await tus.end(address)).status).toBe(204)
    expect(objects(at)).toEqual([])
    expect((await tus.ask(address)).status).toBe(404)
    expect(await tus.write(address, 10, 'x')).toMatchObject({ status: 404, body: { code: 'ResourceNotFound' } })
  })

  it('leaves the file that it has become', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(1)
    const id = fileIdOf(await tus.write(address, 0, 'x'))
    expect((await tus.end(address)).status).toBe(204)
    expect((await fileOf(at, id)).filesize).toBe(1)
    expect((await tus.ask(address)).status).toBe(404)
  })
})
