import { seen } from '@vitrine/drivers/testing/seen'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formOf } from '../../testing/forms.ts'
import { picture } from '../../testing/pictures.ts'
import { shownPicture, worked, type ShownPicture } from '../../testing/shown-picture.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
let square: Uint8Array<ArrayBuffer>
let shown: ShownPicture
beforeAll(async () => {
  server = await testServer()
  square = await picture(800, 800, 'png')
  shown = await shownPicture(server, square)
})
afterAll(() => server.close())

const TILE = 'zoom400/size200/part'
const tile = (address: string, options = {}) => shown.at.api('GET', `/api/v1/eas/zoom/${shown.place}/${address}`, undefined, options)

describe('the address of a tile', () => {
  const record = () => `obj_uuid/${shown.uuid}/`
  const signed = () => `${shown.signature}/`
  const both = () => record() + signed()
  const bases: [string, () => string][] = [
    ['alone', () => ''],
    ['with a record', record],
    ['with a signature', signed],
    ['with both', both],
  ]
  const sizes: [string, string, number][] = [
    ['of the usual size', '', 320],
    ['of a size of its own', '/size300', 300],
  ]
  const forms = bases.flatMap(([base, prefix]) =>
    sizes.flatMap(([size, segment, side]) =>
      ['', '/avoid_interpolation'].map((direct) => ({ what: `${base}, ${size}${direct && ', untouched'}`, prefix, rest: segment + direct, side })),
    ),
  )

  it.each(forms)('is understood $what', async ({ prefix, rest, side }) => {
    const { status, headers, bytes } = await tile(`${prefix()}original.png/zoom600${rest}/part0x1.png`)
    expect([status, headers.get('content-type'), headers.get('content-length')]).toEqual([200, 'image/png', String(bytes.length)])
    expect(await seen(bytes)).toMatchObject({ width: side, height: 600 - side, format: 'png', corners: ['blue', 'blue', 'blue', 'blue'] })
  })

  it.each(forms)('is for everybody with a signature, and for nobody without a right, $what', async ({ prefix, rest }) => {
    const address = `${prefix()}original.png/zoom600${rest}/part0x0.jpg`
    const isSigned = address.includes(shown.signature)
    expect((await tile(address, { token: null })).status).toBe(isSigned ? 200 : 403)
    expect((await tile(address, { token: shown.viewer.token })).status).toBe(200)
    expect((await tile(address, { token: shown.reader.token })).status).toBe(isSigned ? 200 : 403)
  })
})

describe('a tile', () => {
  it.each([
    ['0x0', 'red'],
    ['1x0', 'green'],
    ['0x1', 'blue'],
    ['1x1', 'white'],
  ])('%s shows its part of the picture', async (at, colour) => {
    const { bytes } = await tile(`original.png/${TILE}${at}.jpg`)
    expect(await seen(bytes)).toMatchObject({ width: 200, height: 200, format: 'jpeg', corners: [colour, colour, colour, colour] })
  })

  it('can be the whole picture', async () => {
    expect(await seen((await tile('original.png/zoom100/part0x0.png')).bytes)).toMatchObject({
      width: 100,
      height: 100,
      corners: ['red', 'green', 'blue', 'white'],
    })
  })

  it('can be of a picture that is drawn larger than it is', async () => {
    const { bytes } = await tile('original.png/zoom3200/size400/part7x0.png')
    expect(await seen(bytes)).toMatchObject({ width: 400, height: 400, corners: ['green', 'green', 'green', 'green'] })
  })

  it('can be of any version that is an image', async () => {
    const { path } = shown.file.versions['small'] ?? { path: '' }
    const { status, bytes } = await shown.at.api('GET', `${path.replace('download', 'zoom')}/zoom200/size100/part1x1.png`)
    expect([status, await seen(bytes)]).toMatchObject([200, { width: 100, height: 100, corners: ['white', 'white', 'white', 'white'] }])
  })

  it('is white where the picture is transparent', async () => {
    const clear = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"><rect width="200" height="200" fill="#f00"/></svg>'
    const file = await worked(server, shown.at, 'clear.svg', clear)
    for (const format of ['png', 'jpg']) {
      const { bytes } = await shown.at.api('GET', `/api/v1/eas/zoom/${file._id}/${file.hash}/original.svg/zoom200/part0x0.${format}`)
      expect(await seen(bytes)).toMatchObject({ width: 200, hasAlpha: false, corners: ['red', 'white', 'white', 'white'] })
    }
  })

  it('may be shown on pages of other servers, and is sent once', async () => {
    const address = `original.png/${TILE}0x0.png`
    const { headers } = await tile(address)
    expect(headers.get('access-control-allow-origin')).toBe('*')
    const again = await tile(address, { headers: { 'if-none-match': headers.get('etag') ?? '' } })
    expect([again.status, again.text]).toEqual([304, ''])
    const other = await tile(`original.png/${TILE}1x0.png`, { headers: { 'if-none-match': headers.get('etag') ?? '' } })
    expect(other.status).toBe(200)
  })
})

describe('a tile that cannot be had', () => {
  it.each([`${TILE}2x0.png`, `${TILE}0x2.png`, 'zoom99/part0x0.png', 'zoom400/size5000/part0x0.png', 'zoom400/size15/part0x0.png'])(
    'is refused when it does not exist: %s',
    async (address) => {
      expect((await tile(`original.png/${address}`)).status).toBe(400)
    },
  )

  it('is named by the code where the picture ends', async () => {
    expect(await tile(`original.png/${TILE}2x0.png`)).toMatchObject({
      status: 400,
      body: { code: 'RecipeParamUnsupportedValue', parameters: { param: 'part', value: '2x0' } },
    })
  })

  it('says that a file is no image', async () => {
    const text = await worked(server, shown.at, 'notes.txt', 'no picture at all')
    const answer = await shown.at.api('GET', `/api/v1/eas/zoom/${text._id}/${text.hash}/original.txt/zoom400/part0x0.png`)
    expect(answer).toMatchObject({ status: 400, body: { code: 'ProduceExtensionNotSupported', parameters: { extension: 'txt' } } })
  })

  it('says that nobody has looked at the file yet', async () => {
    const [file] = (await shown.at.api('PUT', '/api/v1/eas/put', formOf({ 'new.png': square }))).body
    const answer = await shown.at.api('GET', `/api/v1/eas/zoom/${file._id}/${file.hash}/original.png/zoom400/part0x0.png`)
    expect(answer).toMatchObject({ status: 409, body: { code: 'FileNotReady' } })
  })

  it('tells only that a file is unknown', async () => {
    const unknown = `/api/v1/eas/zoom/99999/${shown.file.hash}/original.png/zoom400/part0x0.png`
    expect(await shown.at.api('GET', unknown)).toMatchObject({ status: 404, body: { code: 'ResourceNotFound' } })
    for (const wrong of [`s1.zzz.${'x'.repeat(43)}/original.png`, 'nothing/original.png', 'huge.jpg', 'frob'])
      expect(await tile(`${wrong}/zoom400/part0x0.png`)).toMatchObject({ status: 403, body: { code: 'InsufficientRights' } })
  })

  it('is refused for a record that does not show the file', async () => {
    const other = `obj_uuid/00000000-0000-4000-8000-000000000000/original.png/${TILE}0x0.png`
    expect((await tile(other, { token: shown.viewer.token })).status).toBe(403)
  })
})
