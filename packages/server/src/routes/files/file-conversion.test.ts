import { seen } from '@vitrine/drivers/testing/seen'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formOf } from '../../testing/forms.ts'
import { picture } from '../../testing/pictures.ts'
import { shownPicture, worked, type ShownPicture } from '../../testing/shown-picture.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
let fields: Uint8Array<ArrayBuffer>
let shown: ShownPicture
let original: string
beforeAll(async () => {
  server = await testServer()
  fields = await picture(600, 400, 'png')
  shown = await shownPicture(server, fields)
  original = `/api/v1/eas/download/${shown.place}/original.png`
})
afterAll(() => server.close())

const get = (query: string, options = {}, method = 'GET') => shown.at.api(method, `${original}?${query}`, undefined, options)
const json = (value: object) => encodeURIComponent(JSON.stringify(value))
const FOUR = ['red', 'green', 'blue', 'white']

describe('a download in another form', () => {
  it.each([
    ['format=jpg', { format: 'jpeg', width: 600, height: 400, corners: FOUR }],
    ['format=tiff', { format: 'tiff', width: 600, height: 400 }],
    ['format=webp&quality=low', { format: 'webp', width: 600, height: 400 }],
    ['size=300', { format: 'png', width: 300, height: 200 }],
    ['size=100&resize_mode=min', { width: 150, height: 100 }],
    ['size=100&resize_mode=width', { width: 100, height: 67 }],
    ['size=100&resize_mode=height', { width: 150, height: 100 }],
    ['size=9000', { width: 600, height: 400 }],
    ['width=100&height=100', { width: 100, height: 100 }],
    ['width=300&height=300&resize_mode=contain&format=png', { width: 300, height: 300 }],
    ['width=100&height=300&resize_mode=force', { width: 100, height: 300, corners: FOUR }],
    [`crop=${json({ left: 300, top: 0, width: 300, height: 200 })}`, { width: 300, height: 200, corners: ['green', 'green', 'green', 'green'] }],
    ['dpi=300&format=jpeg', { format: 'jpeg', width: 600 }],
    ['recipe=_produce:produce', { format: 'png', width: 600 }],
    ['recipe=imageconverter:browserthumbs&recipe_params=' + json({ format: 'jpg', size: 60 }), { format: 'jpeg', width: 60 }],
    ['size=90&recipe_params=' + json({ size: 60, format: 'gif' }), { format: 'gif', width: 90 }],
    ['recipe_params=' + json({ 'rotate-z': 90 }), { width: 400, height: 600, corners: ['blue', 'red', 'white', 'green'] }],
    [
      'recipe_params=' + json({ 'rotate-z': 90, crop: { left: 0, top: 0, width: 200, height: 300 } }),
      { width: 200, height: 300, corners: ['blue', 'blue', 'blue', 'blue'] },
    ],
  ])('is made on the way: %s', async (query, looks) => {
    const { status, bytes, headers } = await get(query)
    expect([status, headers.get('content-length')]).toEqual([200, String(bytes.length)])
    expect(await seen(bytes)).toMatchObject(looks)
  })

  it('has a name and a type of its own, and nothing that tells it from another one', async () => {
    const { headers } = await get('format=jpg&disposition=attachment')
    expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual(['image/jpeg', 'attachment; filename="fields.jpg"'])
    for (const name of ['etag', 'last-modified', 'accept-ranges']) expect(headers.get(name), name).toBeNull()
    expect(headers.get('cache-control')).toBe('private, no-cache')
  })

  it('comes whole, whatever part is asked for and whatever the caller has', async () => {
    const answer = await get('format=jpg', { headers: { range: 'bytes=0-9', 'if-none-match': `"${shown.file.hash}"` } })
    expect([answer.status, answer.headers.get('content-range')]).toEqual([200, null])
    expect(await seen(answer.bytes)).toMatchObject({ width: 600 })
  })

  it('is kept nowhere', async () => {
    const before = (await shown.at.api('GET', `/api/v1/eas/${shown.file._id}`)).body
    await get('size=77')
    expect(Object.keys((await shown.at.api('GET', `/api/v1/eas/${shown.file._id}`)).body.versions)).toEqual(Object.keys(before.versions))
  })

  it('can be asked about', async () => {
    const { status, text, headers } = await get('format=webp', {}, 'HEAD')
    expect([status, text, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      200,
      '',
      'image/webp',
      'inline; filename="fields.webp"',
    ])
    expect((await get('format=heic', {}, 'HEAD')).status).toBe(400)
  })

  it('can be of any version', async () => {
    const { bytes } = await shown.at.api('GET', `${shown.file.versions['preview']?.path}?size=50&format=png`)
    expect(await seen(bytes)).toMatchObject({ format: 'png', width: 50 })
  })

  it('takes the right to download, or a signature', async () => {
    expect((await get('', { token: shown.viewer.token })).status).toBe(200)
    expect(await get('format=jpg', { token: shown.viewer.token })).toMatchObject({ status: 403, body: { code: 'RightRequired' } })
    expect((await get('format=jpg', { token: null })).status).toBe(403)
    expect((await get(`format=jpg&x-fylr-signature=${shown.signature}`, { token: null })).status).toBe(200)
  })

  it('is the stored bytes where nothing is asked for', async () => {
    for (const query of ['', 'dpi=0', 'disposition=inline', 'event.info=why'])
      expect((await get(query)).headers.get('etag'), query).toBe(`"${shown.file.hash}"`)
  })
})

describe('a form that cannot be had', () => {
  it.each([
    ['format=heic', 'ProduceFormatNotSupported'],
    ['recipe=unknown:recipe', 'RecipeParamUnsupportedValue'],
    ['recipe_params=no-json', 'RecipeParamUnsupportedValue'],
    ['recipe_params=[1]', 'RecipeParamUnsupportedValue'],
    [`recipe_params=${json({ sharpen: 3 })}`, 'RecipeParamUnsupportedValue'],
    ['size=40000', 'RecipeParamUnsupportedValue'],
    ['size=100&resize_mode=cover', 'RecipeParamUnsupportedValue'],
    ['crop=everything', 'RecipeParamUnsupportedValue'],
    [`recipe_params=${json({ 'rotate-z': 999 })}`, 'RecipeParamUnsupportedValue'],
  ])('is refused: %s', async (query, code) => {
    expect(await get(query)).toMatchObject({ status: 400, body: { code } })
  })

  it('says what is no image, and what nobody has looked at', async () => {
    const text = await worked(server, shown.at, 'notes.txt', 'no picture at all')
    const [fresh] = (await shown.at.api('PUT', '/api/v1/eas/put', formOf({ 'new.png': fields }))).body
    expect(await shown.at.api('GET', `${text.versions['original']?.path}?format=jpg`)).toMatchObject({
      status: 400,
      body: { code: 'ProduceExtensionNotSupported', parameters: { extension: 'txt' } },
    })
    expect(await shown.at.api('GET', `${fresh.versions.original.path}?format=jpg`)).toMatchObject({ status: 409, body: { code: 'FileNotReady' } })
  })
})

describe('the log of downloads', () => {
  interface Told {
    readonly event: { readonly type: string; readonly object_id: number; readonly info: object }
  }
  const log = async () => (await shown.at.api('GET', '/api/v1/event/list?type=FILE_DOWNLOAD&sort=_id.ASC&limit=1000')).body.objects as Told[]
  const noted = async (path: string, options = {}, method = 'GET') => {
    const before = (await log()).length
    await shown.at.api(method, path, undefined, options)
    return (await log()).slice(before).map(({ event }) => [event.type, event.object_id, event.info])
  }

  it('tells of what is saved, and of what has a text for it', async () => {
    const { _id: id } = shown.file
    const filename = 'fields.png'
    expect(await noted(`${original}?disposition=attachment`)).toEqual([['FILE_DOWNLOAD', id, { filename, version: 'original' }]])
    expect(await noted(`${original}?event.info=for%20print`)).toEqual([['FILE_DOWNLOAD', id, { filename, version: 'original', info: 'for print' }]])
    expect(await noted(`${original}?disposition=attachment&format=jpg`)).toEqual([
      ['FILE_DOWNLOAD', id, { filename, version: 'original', format: 'jpg' }],
    ])
    expect(await noted(`${shown.file.versions['small']?.path}?disposition=attachment`)).toEqual([
      ['FILE_DOWNLOAD', id, { filename, version: 'small' }],
    ])
  })

  it('does not tell of what is shown, asked about, still good, or gone on with', async () => {
    expect(await noted(original)).toEqual([])
    expect(await noted(`${original}?event.info=x`, {}, 'HEAD')).toEqual([])
    expect(await noted(`${original}?event.info=x`, { headers: { 'if-none-match': '*' } })).toEqual([])
    expect(await noted(`${original}?event.info=x`, { headers: { range: 'bytes=10-' } })).toEqual([])
    expect(await noted(`${original}?event.info=x`, { token: null })).toEqual([])
    expect(await noted(`${original}?event.info=x`, { headers: { range: 'bytes=0-' } })).toHaveLength(1)
  })
})
