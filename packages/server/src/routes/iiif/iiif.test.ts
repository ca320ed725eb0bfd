import { coloursOf, opacityAt, seen } from '@vitrine/drivers/testing/seen'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formOf } from '../../testing/forms.ts'
import { picture } from '../../testing/pictures.ts'
import { shownPicture, worked, type ShownPicture } from '../../testing/shown-picture.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
let fields: Uint8Array<ArrayBuffer>
let shown: ShownPicture
beforeAll(async () => {
  server = await testServer()
  fields = await picture(600, 400, 'png')
  shown = await shownPicture(server, fields)
})
afterAll(() => server.close())

const ask = (address: string, options = {}, method = 'GET') => shown.at.api(method, `/api/v1/eas/iiif/${shown.place}/${address}`, undefined, options)
const image = async (request: string) => {
  const { status, bytes, text } = await ask(`original.png/${request}`)
  if (status !== 200) throw new Error(`${status} ${text}`)
  return bytes
}
const baseOf = (address: string) => `http://${shown.at.domain}/api/v1/eas/iiif/${shown.place}/${address}`

describe('the address of an image', () => {
  const record = () => `obj_uuid/${shown.uuid}/`
  const signed = () => `${shown.signature}/`
  const forms: [string, () => string][] = [
    ['alone', () => ''],
    ['with a record', record],
    ['with a signature', signed],
    ['with both', () => record() + signed()],
  ]
  const allForms = forms.flatMap(([what, prefix]) => ['GET', 'HEAD'].map((method) => ({ what, prefix, method })))

  it.each(allForms)('leads to its description, $what, with $method', async ({ prefix, method }) => {
    const { status, headers } = await ask(`${prefix()}original.png`, { token: null }, method)
    expect([status, headers.get('location')]).toEqual([303, baseOf(`${prefix()}original.png/info.json`)])
    expect(headers.get('access-control-allow-origin')).toBe('*')
  })

  it.each(allForms)('is that of its description without the last part, $what, with $method', async ({ prefix, method }) => {
    const { status, text, headers } = await ask(`${prefix()}original.png/info.json`, {}, method)
    expect([status, headers.get('vary')]).toEqual([200, 'Accept'])
    expect(text === '' ? method : JSON.parse(text).id).toBe(method === 'HEAD' ? 'HEAD' : baseOf(`${prefix()}original.png`))
  })

  it.each(allForms)('leads to parts of it, $what, with $method', async ({ prefix, method }) => {
    const { status, headers, bytes } = await ask(`${prefix()}original.png/square/100,/0/default.jpg`, {}, method)
    expect([status, headers.get('content-type')]).toEqual([200, 'image/jpeg'])
    expect(headers.get('link')).toContain(`<${baseOf(`${prefix()}original.png/100,0,400,400/100,100/0/default.jpg`)}>;rel="canonical"`)
    expect(bytes.length > 0).toBe(method === 'GET')
  })

  it.each(forms)('is for everybody with a signature, and for nobody without a right, %s', async (_, prefix) => {
    const isSigned = prefix().includes(shown.signature)
    for (const last of ['info.json', 'full/max/0/default.jpg']) {
      const address = `${prefix()}original.png/${last}`
      expect((await ask(address, { token: null })).status).toBe(isSigned ? 200 : 403)
      expect((await ask(address, { token: shown.viewer.token })).status).toBe(200)
      expect((await ask(address, { token: shown.reader.token })).status).toBe(isSigned ? 200 : 403)
    }
  })

  it('is the one that files name', async () => {
    const { body } = await shown.at.api('GET', `/api/v1/eas/${shown.file._id}`)
    const { pathname } = new URL(body.versions.original.iiif_url)
    expect(await shown.at.api('GET', `${pathname}/info.json`, undefined, { token: null })).toMatchObject({ status: 200, body: { width: 600 } })
  })

  it('takes a signature in the query along', async () => {
    const { headers } = await ask(`original.png?x-fylr-signature=${shown.signature}`, { token: null })
    const { pathname, search } = new URL(headers.get('location') ?? '')
    expect((await shown.at.api('GET', pathname + search, undefined, { token: null })).status).toBe(200)
  })

  it.each(['iiif', 'zoom'])('is open to pages of other servers, which ask first: %s', async (kind) => {
    const asking = { origin: 'https://viewer.example', 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' }
    const url = `http://${shown.at.domain}/api/v1/eas/${kind}/${shown.place}/original.png/info.json`
    const { status, headers } = await server.app.fetch(new Request(url, { method: 'OPTIONS', headers: asking }))
    expect([status, headers.get('access-control-allow-origin'), headers.get('access-control-allow-methods')]).toEqual([204, '*', 'GET,HEAD'])
    expect(headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization')
  })

  it('may have its name in another spelling', async () => {
    const { status, body } = await ask('%6Friginal%2Epng/info.json')
    expect([status, body.id]).toEqual([200, baseOf('%6Friginal%2Epng')])
  })
})

describe('the description of an image', () => {
  it('says what can be asked for', async () => {
    const { body, headers } = await ask('original.png/info.json')
    expect(body).toMatchObject({
      '@context': 'http://iiif.io/api/image/3/context.json',
      type: 'ImageService3',
      protocol: 'http://iiif.io/api/image',
      profile: 'level2',
      width: 600,
      height: 400,
      sizes: [
        { width: 300, height: 200 },
        { width: 600, height: 400 },
      ],
      tiles: [{ width: 512, height: 512, scaleFactors: [1, 2] }],
    })
    expect(body.extraFeatures).toEqual(expect.arrayContaining(['mirroring', 'rotationArbitrary', 'sizeUpscaling']))
    expect(headers.get('link')).toBe('<http://iiif.io/api/image/3/level2.json>;rel="profile"')
    expect(headers.get('access-control-allow-origin')).toBe('*')
  })

  it('can be trusted: each size, tile and format that it names is answered', async () => {
    const { sizes, extraFormats, extraQualities } = (await ask('original.png/info.json')).body
    for (const { width, height } of sizes) expect(await seen(await image(`full/${width},${height}/0/default.png`))).toMatchObject({ width, height })
    for (const format of extraFormats) expect((await image(`full/60,/0/default.${format}`)).length).toBeGreaterThan(50)
    for (const quality of extraQualities) expect((await image(`full/60,/0/${quality}.jpg`)).length).toBeGreaterThan(50)
    expect(await seen(await image('512,0,88,400/88,400/0/default.jpg'))).toMatchObject({ width: 88, height: 400 })
    expect(await seen(await image('0,0,600,400/300,200/0/default.jpg'))).toMatchObject({ width: 300, height: 200 })
  })

  const LINKED = 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'
  const OLDER = 'application/ld+json;profile="http://iiif.io/api/image/2/context.json"'
  it.each([
    [null, LINKED],
    ['*/*', LINKED],
    ['application/ld+json', LINKED],
    [LINKED, LINKED],
    ['application/json', 'application/json'],
    ['text/html, application/json;q=0.9, */*;q=0.1', 'application/json'],
    ['application/json;q=0.5, application/ld+json', LINKED],
    [OLDER, OLDER],
  ])('comes for the wish %s as %s', async (accept, type) => {
    const { headers, body } = await ask('original.png/info.json', accept === null ? {} : { headers: { accept } })
    expect(headers.get('content-type')).toBe(type)
    expect(body['@id'] ?? body.id).toBe(baseOf('original.png'))
  })

  it('is sent once to whoever keeps it, in each of its forms', async () => {
    const linked = await ask('original.png/info.json')
    const etag = linked.headers.get('etag') ?? ''
    const again = await ask('original.png/info.json', { headers: { 'if-none-match': etag } })
    expect([again.status, again.text, again.headers.get('vary')]).toEqual([304, '', 'Accept'])
    expect((await ask('original.png/info.json', { headers: { 'if-none-match': etag, accept: OLDER } })).status).toBe(200)
  })
})

describe('an image', () => {
  const FOUR = ['red', 'green', 'blue', 'white']
  it.each([
    ['full/max/0/default.png', 600, 400, FOUR],
    ['square/max/0/default.png', 400, 400, FOUR],
    ['0,0,300,200/max/0/default.png', 300, 200, ['red', 'red', 'red', 'red']],
    ['300,0,300,200/max/0/default.png', 300, 200, ['green', 'green', 'green', 'green']],
    ['pct:0,50,50,50/max/0/default.png', 300, 200, ['blue', 'blue', 'blue', 'blue']],
    ['450,300,999,999/max/0/default.png', 150, 100, ['white', 'white', 'white', 'white']],
    ['full/300,/0/default.png', 300, 200, FOUR],
    ['full/,100/0/default.png', 150, 100, FOUR],
    ['full/pct:25/0/default.png', 150, 100, FOUR],
    ['full/200,300/0/default.png', 200, 300, FOUR],
    ['full/!200,200/0/default.png', 200, 133, FOUR],
    ['full/^1200,/0/default.png', 1200, 800, FOUR],
    ['full/^!900,900/0/default.png', 900, 600, FOUR],
    ['full/300,/90/default.png', 200, 300, ['blue', 'red', 'white', 'green']],
    ['full/300,/180/default.png', 300, 200, ['white', 'blue', 'green', 'red']],
    ['full/300,/270/default.png', 200, 300, ['green', 'white', 'red', 'blue']],
    ['full/300,/!0/default.png', 300, 200, ['green', 'red', 'white', 'blue']],
    ['full/300,/!90/default.png', 200, 300, ['white', 'green', 'blue', 'red']],
    ['full/300,/!180/default.png', 300, 200, ['blue', 'white', 'red', 'green']],
    ['0,0,300,400/100,200/90/color.jpg', 200, 100, ['blue', 'red', 'blue', 'red']],
  ])('is what %s asks for', async (request, width, height, corners) => {
    expect(await seen(await image(request))).toMatchObject({ width, height, corners })
  })

  it('is turned by any angle, and nothing of it is cut off', async () => {
    const bytes = await image('full/300,/22.5/default.png')
    const { width, height, hasAlpha } = await seen(bytes)
    expect([Math.abs(width - 354) <= 2, Math.abs(height - 300) <= 2, hasAlpha]).toEqual([true, true, true])
    expect([await opacityAt(bytes, 1, 1), await opacityAt(bytes, 177, 150)]).toEqual([0, 255])
    expect(await seen(await image('full/300,/22.5/default.jpg'))).toMatchObject({ width, height, hasAlpha: false })
  })

  it.each([
    ['jpg', 'image/jpeg', 'jpeg'],
    ['png', 'image/png', 'png'],
    ['tif', 'image/tiff', 'tiff'],
    ['gif', 'image/gif', 'gif'],
    ['webp', 'image/webp', 'webp'],
    ['web', 'image/webp', 'webp'],
  ])('is written as %s', async (format, type, found) => {
    const { headers, bytes } = await ask(`original.png/full/200,/0/default.${format}`)
    expect([headers.get('content-type'), headers.get('content-length')]).toEqual([type, String(bytes.length)])
    expect(await seen(bytes)).toMatchObject({ format: found, width: 200, corners: FOUR })
  })

  it.each([
    ['jp2', 'image/jp2', /^\0\0\0\fjP {2}/],
    ['pdf', 'application/pdf', /^%PDF-1/],
  ])('is written as %s', async (format, type, beginning) => {
    const { headers, bytes } = await ask(`original.png/full/200,/0/default.${format}`)
    expect([headers.get('content-type'), Buffer.from(bytes).toString('latin1')]).toEqual([type, expect.stringMatching(beginning)])
  })

  it('has colours, shades of gray, or black and white', async () => {
    const gray = [...(await coloursOf(await image('full/60,/0/gray.png')))].map((colour) => new Set(colour.split(',')).size)
    expect(gray.length).toBeGreaterThan(2)
    expect(new Set(gray)).toEqual(new Set([1]))
    for (const colour of await coloursOf(await image('full/60,/0/bitonal.png'))) expect(['0,0,0', '255,255,255', '0', '255']).toContain(colour)
    expect((await seen(await image('full/60,/0/color.png'))).corners).toEqual(FOUR)
  })

  it('is sent once to whoever keeps it', async () => {
    const request = 'original.png/full/60,/0/default.jpg'
    const { headers } = await ask(request)
    const again = await ask(request, { headers: { 'if-none-match': headers.get('etag') ?? '' } })
    expect([again.status, again.text, again.headers.get('access-control-allow-origin')]).toEqual([304, '', '*'])
    const other = await ask('original.png/full/61,/0/default.jpg', { headers: { 'if-none-match': headers.get('etag') ?? '' } })
    expect(other.status).toBe(200)
  })
})

describe('an image that cannot be had', () => {
  it.each([
    'full/max/0/native.jpg',
    'full/max/0/default.exe',
    'full/max/0/default',
    'full/max/361/default.jpg',
    'full/max/-90/default.jpg',
    'full/max/north/default.jpg',
    'full/601,/0/default.jpg',
    'full/pct:101/0/default.jpg',
    'full/!900,900/0/default.jpg',
    'full/0,/0/default.jpg',
    'full/^99999,/0/default.jpg',
    'all/max/0/default.jpg',
    '0,0,0,10/max/0/default.jpg',
    '600,0,10,10/max/0/default.jpg',
    'pct:100,0,10,10/max/0/default.jpg',
  ])('is refused: %s', async (request) => {
    const { status } = await ask(`original.png/${request}`)
    expect(status).toBe(400)
  })

  it('says what is wrong with a request', async () => {
    expect(await ask('original.png/full/601,/0/default.jpg')).toMatchObject({
      status: 400,
      body: { code: 'RecipeParamUnsupportedValue', parameters: { param: 'size', value: '601,' } },
    })
  })

  it('tells pages of other servers why', async () => {
    const { status, headers } = await ask('original.png/info.json', { token: null })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([403, '*'])
  })

  it('says what is no image, and what nobody has looked at', async () => {
    const text = await worked(server, shown.at, 'notes.txt', 'no picture at all')
    const [fresh] = (await shown.at.api('PUT', '/api/v1/eas/put', formOf({ 'new.png': fields }))).body
    for (const last of ['info.json', 'full/max/0/default.jpg']) {
      expect(await shown.at.api('GET', `/api/v1/eas/iiif/${text._id}/${text.hash}/original.txt/${last}`)).toMatchObject({
        status: 400,
        body: { code: 'ProduceExtensionNotSupported' },
      })
      expect(await shown.at.api('GET', `/api/v1/eas/iiif/${fresh._id}/${fresh.hash}/original.png/${last}`)).toMatchObject({
        status: 409,
        body: { code: 'FileNotReady' },
      })
    }
  })

  it('tells only that a file is unknown', async () => {
    const unknown = `/api/v1/eas/iiif/99999/${shown.file.hash}/original.png/info.json`
    expect(await shown.at.api('GET', unknown)).toMatchObject({ status: 404, body: { code: 'ResourceNotFound' } })
    for (const name of ['frob', 'a%2Fb', '%5Bfrob%5D'])
      expect(await ask(`${name}/full/max/0/default.jpg`)).toMatchObject({ status: 404, body: { code: 'ResourceNotFound' } })
    expect(await ask('preview.jpg/info.json')).toMatchObject({ status: 403, body: { code: 'InsufficientRights' } })
  })
})
