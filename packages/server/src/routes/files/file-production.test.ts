import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { workOn } from '../../testing/file-work.ts'
import { formOf } from '../../testing/forms.ts'
import { picture } from '../../testing/pictures.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
let jpeg: Uint8Array<ArrayBuffer>
beforeAll(async () => {
  server = await testServer()
  jpeg = await picture(1200, 800)
})
afterAll(() => server.close())

const uploaded = async (
  { api }: TestInstance,
  name: string,
  content: string | Uint8Array<ArrayBuffer>,
  query = '',
): Promise<{ _id: number; status: string }> => (await api('PUT', `/api/v1/eas/put${query}`, formOf({ [name]: content }))).body[0]
const worked = async (at: TestInstance, name: string, content: string | Uint8Array<ArrayBuffer>, query = '') => {
  const { _id: id } = await uploaded(at, name, content, query)
  // oxlint-disable-next-line no-explicit-any -- a test looks at the parts that matter
  return workOn<any>(server, at, id)
}

describe('what is made of a file', () => {
  it('is known of at once, and there after a while', async () => {
    const at = await server.instance()
    expect(await uploaded(at, 'fields.jpg', jpeg)).toMatchObject({
      status: 'processing',
      class: 'image',
      versions: { original: { status: 'processing' } },
    })
    const file = await worked(at, 'fields.jpg', jpeg)
    expect(file).toMatchObject({
      status: 'done',
      class_version_status: 'image.original.done',
      compiled: expect.stringMatching(/^JPG, 1200 x 800 px, [\d.]+ kB$/),
      technical_metadata: { width: 1200, height: 800, format: 'landscape', mime_type: 'image/jpeg', blurhash: expect.any(String) },
      versions: {
        original: { width: 1200, height: 800 },
        huge: { status: 'done', width: 1200, height: 800, extension: 'jpg' },
        preview: { status: 'done', width: 1000, height: 667 },
        small: { status: 'done', width: 250, height: 167 },
      },
    })
    const { status, headers, text } = await at.api('GET', file.versions.small.path)
    expect([status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      200,
      'image/jpeg',
      'inline; filename="fields_small.jpg"',
    ])
    expect(text.length).toBeGreaterThan(100)
  })

  it('is nothing where nothing was asked for', async () => {
    const at = await server.instance()
    const file = await worked(at, 'fields.jpg', jpeg, `?produce_versions=${encodeURIComponent('[false]')}`)
    expect(file).toMatchObject({ status: 'done', technical_metadata: { width: 1200 } })
    expect(Object.keys(file.versions)).toEqual(['original'])
  })

  it('differs for a file that says so, and is made again when that changes', async () => {
    const at = await server.instance()
    const config = { overwrites: [{ match: { version_name: 'small' }, custom: { size: 100 } }] }
    const file = await worked(at, 'fields.jpg', jpeg, `?custom_produce_configs=${encodeURIComponent(JSON.stringify([config]))}`)
    expect(file.versions).toMatchObject({ small: { width: 100 }, preview: { width: 1000 } })
    await at.api('POST', `/api/v1/eas/${file._id}`, {
      custom_produce_config: { overwrites: [{ match: { version_class: 'image' }, custom: { size: 50 } }] },
    })
    const after = await workOn<typeof file>(server, at, file._id)
    expect(after.versions).toMatchObject({ small: { width: 50 }, preview: { width: 50 }, huge: { width: 50 } })
    expect(after.versions.small._id).not.toBe(file.versions.small._id)
  })

  it('stays what it is when the work is done twice', async () => {
    const at = await server.instance()
    const first = await worked(at, 'fields.jpg', jpeg)
    const second = await workOn<typeof first>(server, at, first._id)
    expect(second.versions.small._id).toBe(first.versions.small._id)
    expect(second.status).toBe('done')
  })

  const broken: [string, string, string | Uint8Array<ArrayBuffer>, RegExp][] = [
    ['a text that calls itself an image', 'text.jpg', 'no image at all', /content is text\/plain, not that of a file/],
    ['nothing at all', 'empty.jpg', '', /content is not that of a file/],
    ['a film that is an image', 'film.mp4', 'IMAGE', /content is image\/jpeg/],
    ['an image that is cut off', 'half.jpg', 'HALF', /broken/],
  ]
  it.each(broken)('fails with a reason for %s, and the file stays', async (_, name, content, reason) => {
    const at = await server.instance()
    const bytes = content === 'IMAGE' ? jpeg : content === 'HALF' ? jpeg.slice(0, jpeg.length / 2) : content
    const file = await worked(at, name, bytes)
    expect(file).toMatchObject({ status: 'failed', status_msg: expect.stringMatching(reason) })
    const { status, headers } = await at.api('GET', file.versions.original.path)
    expect([status, headers.get('content-length')]).toEqual([200, String(bytes.length)])
  })

  it('goes by what is in a file where its name says nothing', async () => {
    const at = await server.instance()
    expect(await worked(at, 'scan', jpeg)).toMatchObject({
      status: 'done',
      class: 'image',
      extension: 'jpg',
      versions: { small: { status: 'done' } },
    })
    expect(await worked(at, 'notes.xyz', new Uint8Array([0, 1, 2, 3, 4]))).toMatchObject({ status: 'done', class: 'unknown' })
  })
})

describe('a file that is made of another', () => {
  it('is an original of its own, turned and cut as was asked', async () => {
    const at = await server.instance()
    const parent = await worked(at, 'fields.jpg', jpeg)
    const wish = { eas_parent_id: parent._id, format: 'png', transform: { 'rotate-z': 90, crop: { left: 0, top: 0, width: 100, height: 50 } } }
    const { status, body } = await at.api('POST', '/api/v1/eas/produce', wish)
    expect([status, body.status, body.eas_parent_id, body.is_original]).toEqual([200, 'pending', parent._id, true])
    await server.jobs['file-produce']({ instance: at.id, payload: { file: body._id }, key: '', signal: new AbortController().signal, last: true })
    const made = await workOn<typeof parent>(server, at, body._id)
    expect(made).toMatchObject({
      status: 'done',
      original_filename: 'fields.png',
      technical_metadata: { width: 100, height: 50 },
      versions: { small: { width: 100 } },
    })
  })

  it.each([
    ['a parent', { format: 'png' }, 'EasNoParentID'],
    ['one turn at a time', { transform: { 'rotate-x': 1, 'rotate-y': 1 } }, 'RecipeParamUnsupportedValue'],
    ['a profile that is known', { colorprofile: 'Imaginary RGB' }, 'RecipeParamUnsupportedValue'],
  ])('needs %s', async (what, wish, code) => {
    const at = await server.instance()
    const { _id: id } = await worked(at, 'fields.jpg', jpeg)
    const answer = await at.api('POST', '/api/v1/eas/produce', what === 'a parent' ? wish : { eas_parent_id: id, ...wish })
    expect(answer).toMatchObject({ status: 400, body: { code } })
  })

  it('cannot be made of a version, nor by those who may not know of the file', async () => {
    const at = await server.instance()
    const { _id: id, versions } = await worked(at, 'fields.jpg', jpeg)
    expect(await at.api('POST', '/api/v1/eas/produce', { eas_parent_id: versions.small._id })).toMatchObject({
      status: 400,
      body: { code: 'ProduceOriginalOnly' },
    })
    expect(await at.api('POST', '/api/v1/eas/produce', { eas_parent_id: id }, { token: null })).toMatchObject({ status: 403 })
  })
})
