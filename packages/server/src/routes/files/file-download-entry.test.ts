import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formOf } from '../../testing/forms.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'
import { zip, type ZipItem } from '../../testing/zips.ts'

let server: TestServer
let at: TestInstance
let tree: string
beforeAll(async () => {
  server = await testServer()
  at = await server.instance()
  tree = await put(zip(TREE))
})
afterAll(() => server.close())

const TREE: readonly ZipItem[] = [
  { name: 'read me.txt', content: 'Hello' },
  { name: 'letters/', content: '' },
  { name: 'letters/1890/first.txt', content: 'Dear '.repeat(100), packed: true },
  { name: 'letters/1890/second.json', content: '{"a":1}' },
  { name: 'letters/Übersicht ☕.txt', content: 'Grüße' },
  { name: 'never/named/deep.txt', content: 'deep' },
]

/** Answers where the archive is. */
async function put(content: Uint8Array<ArrayBuffer> | string, name = 'archive.zip'): Promise<string> {
  const [file] = (await at.api('PUT', '/api/v1/eas/put', formOf({ [name]: content }))).body
  return file.versions.original.path
}
const entry = (archive: string, path: string, options = {}, method = 'GET') => at.api(method, `${archive}/${path}`, undefined, options)

describe('a folder of an archive', () => {
  it('lists what is in it, whether the archive names its folders or not', async () => {
    const { body, headers } = await entry(tree, '')
    expect(headers.get('content-type')).toContain('application/json')
    expect(body).toEqual([
      { name: 'read me.txt', path: 'read me.txt', size: 5, mod_time: '2024-05-06T07:08:10.000Z', is_dir: false },
      { name: 'letters', path: 'letters/', is_dir: true },
      { name: 'never', path: 'never/', is_dir: true },
    ])
  })

  it('can be below others, and can hold names in any script', async () => {
    expect((await entry(tree, 'letters/')).body).toMatchObject([
      { name: '1890', path: 'letters/1890/', is_dir: true },
      { name: 'Übersicht ☕.txt', path: 'letters/Übersicht ☕.txt', size: 7, is_dir: false },
    ])
    expect((await entry(tree, 'never/')).body).toEqual([{ name: 'named', path: 'never/named/', is_dir: true }])
  })

  it('can be one that holds nothing', async () => {
    expect(await entry(await put(zip([])), '')).toMatchObject({ status: 200, body: [] })
    expect(await entry(await put(zip([{ name: 'empty/' }])), 'empty/')).toMatchObject({ status: 200, body: [] })
  })
})

describe('a file in an archive', () => {
  it.each([
    ['read%20me.txt', 'Hello'],
    ['letters/1890/first.txt', 'Dear '.repeat(100)],
    ['letters%2F1890%2Fsecond.json', '{"a":1}'],
    [encodeURI('letters/Übersicht ☕.txt'), 'Grüße'],
    ['never/named/deep.txt', 'deep'],
  ])('comes out as it went in: %s', async (path, content) => {
    const { status, text, headers } = await entry(tree, path)
    expect([status, text, headers.get('content-length')]).toEqual([200, content, String(Buffer.byteLength(content))])
    expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      'application/octet-stream',
      expect.stringMatching(/^attachment; filename=/),
    ])
  })

  it('tells the same to HEAD, without the bytes', async () => {
    const file = await entry(tree, 'letters/1890/first.txt', {}, 'HEAD')
    expect([file.status, file.text, file.headers.get('content-length')]).toEqual([200, '', '500'])
    const folder = await entry(tree, 'letters/', {}, 'HEAD')
    expect([folder.status, folder.text, folder.headers.get('content-type')]).toEqual([200, '', 'application/json'])
    expect((await entry(tree, 'nothing.txt', {}, 'HEAD')).status).toBe(400)
  })

  it('is sent once to whoever keeps it', async () => {
    const etag = (await entry(tree, 'read%20me.txt')).headers.get('etag') ?? ''
    expect((await entry(tree, 'read%20me.txt', { headers: { 'if-none-match': etag } })).status).toBe(304)
    expect((await entry(tree, 'never/named/deep.txt', { headers: { 'if-none-match': etag } })).status).toBe(200)
  })

  it('is for those who may have the archive', async () => {
    expect((await entry(tree, '', { token: null })).status).toBe(403)
    expect((await entry(tree, 'read%20me.txt', { token: null })).status).toBe(403)
    const { body } = await at.api('GET', `/api/v1/eas/${tree.split('/')[5]}`)
    const signature = new URL(body.versions.original.url).search
    expect(await entry(tree, `read%20me.txt${signature}`, { token: null })).toMatchObject({ status: 200, text: 'Hello' })
  })
})

describe('what cannot be looked into', () => {
  it.each(['nothing.txt', 'nothing/', 'letters', 'read%20me.txt/', 'LETTERS/', 'letters//', '/read%20me.txt'])(
    'has no such entry: %s',
    async (path) => {
      expect(await entry(tree, path)).toMatchObject({ status: 400, body: { code: 'ServerGeneric' } })
    },
  )

  const reason = (msg: RegExp) => ({ status: 400, body: { code: 'ServerGeneric', parameters: { msg: expect.stringMatching(msg) } } })

  it('is a file that is no archive, or a damaged one', async () => {
    expect(await entry(await put('no archive at all', 'a.zip'), '')).toMatchObject(reason(/cannot be read/))
    expect(await entry(await put('', 'empty.zip'), '')).toMatchObject(reason(/cannot be read/))
    const whole = zip(TREE)
    expect(await entry(await put(whole.slice(0, whole.length - 30)), '')).toMatchObject(reason(/cannot be read/))
    const torn = new Uint8Array(whole)
    torn.fill(0xff, whole.length - 300, whole.length - 22)
    expect(await entry(await put(torn), '')).toMatchObject(reason(/cannot be read/))
  })

  it('is an entry that is encrypted, which is listed nevertheless', async () => {
    const archive = await put(zip([{ name: 'secret.txt', content: 'secret', encrypted: true }]))
    expect((await entry(archive, '')).body).toMatchObject([{ name: 'secret.txt' }])
    expect(await entry(archive, 'secret.txt')).toMatchObject(reason(/encrypted/))
  })

  it.each(['../outside.txt', '/etc/passwd', 'C:/windows.txt', 'a/../../b.txt'])('is an archive with names that lead out of it: %s', async (name) => {
    const archive = await put(zip([{ name, content: 'out' }]))
    expect(await entry(archive, '')).toMatchObject(reason(/cannot be read/))
    expect(await entry(archive, encodeURIComponent(name))).toMatchObject({ status: 400 })
  })

  it.each([
    ['less', 5],
    ['more', 5000],
  ])('ends in the middle when an entry is %s than it says', async (_, toldSize) => {
    const archive = await put(zip([{ name: 'liar.txt', content: 'x'.repeat(100), packed: true, toldSize }]))
    await expect(entry(archive, 'liar.txt')).rejects.toThrow()
  })

  it('is refused at once when not even the packed size fits', async () => {
    const archive = await put(zip([{ name: 'liar.txt', content: 'x'.repeat(100), toldSize: 5000 }]))
    expect(await entry(archive, '')).toMatchObject(reason(/cannot be read/))
  })
})
