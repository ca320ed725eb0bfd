import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formOf } from '../../testing/forms.ts'
import { memoryStores } from '../../testing/memory-stores.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

const stores = memoryStores()
let now = new Date('2026-11-26T12:00:00Z')
let server: TestServer
beforeAll(async () => {
  server = await testServer({ stores, clock: () => now })
})
afterAll(() => server.close())

const TEXT = 'The quick brown fox jumps over the lazy dog'
interface Uploaded {
  readonly _id: number
  readonly hash: string
  readonly versions: { readonly original: { readonly path: string; readonly url: string } }
}
const uploaded = async ({ api }: TestInstance, name = 'fox.txt'): Promise<Uploaded> =>
  (await api('PUT', '/api/v1/eas/put', formOf({ [name]: TEXT }))).body[0]
const pathOf = (url: string) => new URL(url).pathname + new URL(url).search

describe('downloading a file', () => {
  it('answers its bytes with what a client needs to keep them', async () => {
    const at = await server.instance()
    const { hash, versions } = await uploaded(at)
    const { status, text, headers } = await at.api('GET', versions.original.path)
    expect([status, text]).toEqual([200, TEXT])
    expect(Object.fromEntries(headers)).toMatchObject({
      etag: `"${hash}"`,
      'accept-ranges': 'bytes',
      'content-length': String(TEXT.length),
      'content-disposition': expect.stringContaining('filename="fox.txt"'),
      'x-fylr-storage-location': '1',
    })
  })

  it('tells the same to HEAD, without the bytes', async () => {
    const at = await server.instance()
    const { versions } = await uploaded(at)
    const { status, text, headers } = await at.api('HEAD', versions.original.path)
    expect([status, text, headers.get('content-length')]).toEqual([200, '', String(TEXT.length)])
  })

  it.each([
    ['bytes=0-2', 'The', 'bytes 0-2/43'],
    ['bytes=40-', 'dog', 'bytes 40-42/43'],
    ['bytes=-3', 'dog', 'bytes 40-42/43'],
    ['bytes=40-999', 'dog', 'bytes 40-42/43'],
    ['bytes=-999', TEXT, 'bytes 0-42/43'],
  ])('answers the range %s', async (range, part, contentRange) => {
    const at = await server.instance()
    const { versions } = await uploaded(at)
    const { status, text, headers } = await at.api('GET', versions.original.path, undefined, { headers: { range } })
    expect([status, text, headers.get('content-range'), headers.get('content-length')]).toEqual([206, part, contentRange, String(part.length)])
  })

  it.each(['bytes=2-1', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=-', 'bytes=a-b'])('answers everything where the range is %s', async (range) => {
    const at = await server.instance()
    const { versions } = await uploaded(at)
    expect(await at.api('GET', versions.original.path, undefined, { headers: { range } })).toMatchObject({ status: 200, text: TEXT })
  })

  it.each(['bytes=43-', 'bytes=-0'])('refuses the range %s, in which no byte lies', async (range) => {
    const at = await server.instance()
    const { versions } = await uploaded(at)
    const answer = await at.api('GET', versions.original.path, undefined, { headers: { range } })
    expect(answer).toMatchObject({ status: 416, body: { code: 'RangeNotSatisfiable', parameters: { filesize: 43 } } })
  })

  it('sends nothing to whoever has it already', async () => {
    const at = await server.instance()
    const { hash, versions } = await uploaded(at)
    const ask = (headers: Record<string, string>) => at.api('GET', versions.original.path, undefined, { headers })
    const modified = (await ask({})).headers.get('last-modified') ?? ''
    expect(await ask({ 'if-none-match': `"other", W/"${hash}"` })).toMatchObject({ status: 304, text: '' })
    expect(await ask({ 'if-none-match': '*' })).toMatchObject({ status: 304 })
    expect(await ask({ 'if-modified-since': modified })).toMatchObject({ status: 304 })
    expect(await ask({ 'if-none-match': '"other"', 'if-modified-since': modified })).toMatchObject({ status: 200 })
    expect(await ask({ range: 'bytes=0-2', 'if-range': `"${hash}"` })).toMatchObject({ status: 206 })
    expect(await ask({ range: 'bytes=0-2', 'if-range': '"other"' })).toMatchObject({ status: 200 })
  })

  it('lets no browser run what it is given', async () => {
    const at = await server.instance()
    const { versions } = await uploaded(at, 'page.html')
    const { headers } = await at.api('GET', `${versions.original.path}?disposition=inline`)
    expect(headers.get('content-disposition')).toMatch(/^attachment/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('spells names that are not ASCII for old and new clients', async () => {
    const at = await server.instance()
    const { versions } = await uploaded(at, 'Füchsin "rot".txt')
    const { headers } = await at.api('GET', versions.original.path)
    expect(headers.get('content-disposition')).toContain(`filename="F_chsin _rot_.txt"; filename*=UTF-8''F%C3%BCchsin%20%22rot%22.txt`)
  })
})

describe('an address that is signed', () => {
  it('opens the file to whoever has it, until it expires', async () => {
    const at = await server.instance()
    const { versions } = await uploaded(at)
    const path = pathOf(versions.original.url)
    expect(await at.api('GET', path, undefined, { token: null })).toMatchObject({ status: 200, text: TEXT })
    const before = now
    now = new Date(now.getTime() + 8 * 86_400_000)
    const late = await at.api('GET', path, undefined, { token: null })
    now = before
    expect(late).toMatchObject({
      status: 403,
      body: { code: 'InsufficientRights', parameters: { resource: expect.stringMatching(/signature expired$/) } },
    })
  })

  it('opens nothing else', async () => {
    const at = await server.instance()
    const [one, two] = [await uploaded(at), (await at.api('PUT', '/api/v1/eas/put', formOf({ 'b.txt': 'b' }))).body[0] as Uploaded]
    const signature = new URL(one.versions.original.url).searchParams.get('x-fylr-signature')
    const other = await at.api('GET', `${two.versions.original.path}?x-fylr-signature=${signature}`, undefined, { token: null })
    expect(other).toMatchObject({ status: 403, body: { parameters: { resource: `${two._id}/signature wrong` } } })
  })

  it('can be had in a header as well, and for a time of the caller’s own', async () => {
    const at = await server.instance()
    const { _id: id } = await uploaded(at)
    const { body } = await at.api('GET', `/api/v1/eas/${id}?file_url_expire=1`)
    const url = new URL(body.versions.original.url)
    const headers = { 'x-fylr-signature': url.searchParams.get('x-fylr-signature') ?? '' }
    expect(await at.api('GET', url.pathname, undefined, { token: null, headers })).toMatchObject({ status: 200 })
    const unsigned = await at.api('GET', `/api/v1/eas/${id}?file_url_expire=0`)
    expect(unsigned.body.versions.original.url).not.toContain('signature')
  })
})

describe('a download that is refused', () => {
  it('tells only that a file does not exist, and nothing about one that does', async () => {
    const at = await server.instance()
    const { _id: id, hash, versions } = await uploaded(at)
    expect(await at.api('GET', `/api/v1/eas/download/999999/${hash}/original`)).toMatchObject({ status: 404, body: { code: 'ResourceNotFound' } })
    const wrong = [`/api/v1/eas/download/${id}/${'0'.repeat(64)}/original.txt`, `/api/v1/eas/download/${id}/${hash}/preview.jpg`]
    for (const path of wrong) expect(await at.api('GET', path)).toMatchObject({ status: 403, body: { code: 'InsufficientRights' } })
    expect(await at.api('GET', versions.original.path, undefined, { token: null })).toMatchObject({
      status: 403,
      body: { code: 'InsufficientRights' },
    })
  })

  it('says when the store is down, and when it has lost the bytes', async () => {
    const at = await server.instance()
    const { versions } = await uploaded(at)
    const { BlobFailure } = await import('@vitrine/domain/ports/blob-store')
    stores.trouble = () => {
      throw new BlobFailure('unavailable', 'down')
    }
    const down = await at.api('GET', versions.original.path)
    stores.trouble = () => undefined
    expect(down).toMatchObject({ status: 503, body: { code: 'FileStoreUnavailable', parameters: { location: '1' } } })
    for (const place of stores.places.values()) for (const key of place.keys()) if (key.includes(at.id)) place.delete(key)
    expect(await at.api('GET', versions.original.path)).toMatchObject({ status: 500, body: { code: 'FileBytesMissing' } })
  })
})
