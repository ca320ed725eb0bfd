import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { workOn } from '../../testing/file-work.ts'
import { formOf } from '../../testing/forms.ts'
import { picture } from '../../testing/pictures.ts'
import { worked } from '../../testing/shown-picture.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

const PATH = '/api/v1/eas/produce_config'
let now = new Date('2026-11-26T12:00:00Z')
let server: TestServer
let fields: Uint8Array<ArrayBuffer>
beforeAll(async () => {
  server = await testServer({ clock: () => now })
  fields = await picture(600, 400)
})
afterAll(() => server.close())

const thumb = (size: number) => ({ name: 'thumb', recipename: 'imageconverter:browserthumbs', params: { format: 'png', size } })
const saved = async ({ api }: TestInstance, version: number, config: object) => api('POST', PATH, { version, produce_config: config })
const put = ({ api }: TestInstance, name: string, content: string | Uint8Array<ArrayBuffer> = 'content') =>
  api('PUT', '/api/v1/eas/put', formOf({ [name]: content }))

describe('the configuration of what is made', () => {
  it('is what is built in until somebody says otherwise', async () => {
    const at = await server.instance()
    expect((await at.api('GET', PATH)).body).toMatchObject({
      version: 0,
      produce_config: {},
      effective: {
        uploadallowunknown: true,
        uploadmaxfilesize: 0,
        classes: { image: { versions: [{ name: 'huge' }, { name: 'preview' }, { name: 'small' }] } },
      },
      warnings: [],
    })
  })

  it('is kept with its version, and tells what of it has no effect', async () => {
    const at = await server.instance()
    const config = { classes: { image: { versions: [{ ...thumb(100), extensions: ['jpg', 'docx'] }] } }, uploadmaxfilesize: '2g' }
    const answer = {
      version: 1,
      produce_config: config,
      effective: { uploadmaxfilesize: 2 * 1024 ** 3 },
      warnings: [expect.stringContaining('only for jpg')],
    }
    expect(await saved(at, 1, config)).toMatchObject({ status: 200, body: answer })
    expect((await at.api('GET', PATH)).body).toMatchObject(answer)
    const mismatch = { currentversion: 1, receivedversion: 1, expectedversion: 2 }
    expect(await saved(at, 1, {})).toMatchObject({ status: 400, body: { code: 'VersionMismatch', parameters: mismatch } })
    expect(await saved(at, 2, {})).toMatchObject({ status: 200, body: { version: 2, produce_config: {} } })
  })

  it('is not changed by one that makes no sense', async () => {
    const at = await server.instance()
    const wrong = { classes: { image: { versions: [{ ...thumb(100), recipename: 'no:recipe' }] } } }
    expect(await saved(at, 1, wrong)).toMatchObject({
      status: 400,
      body: { code: 'RecipeParamUnsupportedValue', parameters: { param: 'recipename' } },
    })
    expect((await saved(at, 1, { unknown: 1 })).status).toBe(400)
    expect((await at.api('GET', PATH)).body.version).toBe(0)
  })

  it('is for those who configure the system', async () => {
    const at = await server.instance()
    const password = 'a long enough password'
    await at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'ann' }, _password: password }])
    const token = await at.signIn('ann', password)
    for (const [method, path, body] of [
      ['GET', PATH],
      ['POST', PATH, { version: 1, produce_config: {} }],
      ['POST', '/api/v1/eas/resync', {}],
    ] as const) {
      expect((await at.api(method, path, body, { token })).status).toBe(403)
      expect((await at.api(method, path, body, { token: null })).status).toBe(401)
    }
  })
})

describe('files under a configuration', () => {
  it('may be too large for their class, or of no class', async () => {
    const at = await server.instance()
    await saved(at, 1, { classes: { image: { uploadmaxfilesize: '1k' } }, uploadallowunknown: false, uploadmaxfilesize: '50b' })
    expect(await put(at, 'fields.jpg', fields)).toMatchObject({ status: 400, body: { code: 'FileLimitExceeded', parameters: { limit: 1024 } } })
    expect(await put(at, 'long.txt', 'x'.repeat(51))).toMatchObject({ status: 400, body: { code: 'FileLimitExceeded', parameters: { limit: 50 } } })
    expect(await put(at, 'strange.xyz')).toMatchObject({ status: 400, body: { code: 'UploadError' } })
    expect((await put(at, 'short.txt')).status).toBe(200)
  })

  it('get the versions that it names', async () => {
    const at = await server.instance()
    await saved(at, 1, { classes: { image: { versions: [thumb(90), { ...thumb(40), name: 'tiny', sourceversion: 'thumb' }] } } })
    const { versions } = await worked(server, at, 'fields.jpg', fields)
    expect(Object.keys(versions).toSorted()).toEqual(['original', 'thumb', 'tiny'])
    expect(versions).toMatchObject({ thumb: { width: 90, extension: 'png' }, tiny: { width: 40 } })
  })

  it('stay as they are when it changes, until they are worked on again', async () => {
    const at = await server.instance()
    const before = await worked(server, at, 'fields.jpg', fields)
    const text = await worked(server, at, 'notes.txt', 'notes')
    await saved(at, 1, { classes: { image: { versions: [thumb(90)] }, note: { uploadenabledextensions: ['txt'] } } })
    const namesOf = async () => Object.keys((await at.api('GET', `/api/v1/eas/${before._id}`)).body.versions).toSorted()
    expect(await namesOf()).toEqual(['huge', 'original', 'preview', 'small'])
    expect((await at.api('POST', '/api/v1/eas/resync')).body).toEqual({ files: 2 })
    await resync(at)
    await workOn(server, at, before._id)
    expect(await namesOf()).toEqual(['original', 'thumb'])
    expect(await workOn(server, at, text._id)).toMatchObject({ class: 'note' })
    expect((await at.api('GET', '/api/v1/system/job/progress')).body.objects).toMatchObject([{ kind: 'file-resync', done: 2, total: 2 }])
  })

  it('can be worked on again one by one', async () => {
    const at = await server.instance()
    const [one] = (await put(at, 'a.txt')).body
    await put(at, 'b.txt')
    expect((await at.api('POST', '/api/v1/eas/resync', { ids: [one._id, 99_999] })).body).toEqual({ files: 1 })
    expect((await at.api('POST', '/api/v1/eas/resync', { ids: [99_999] })).body).toEqual({ files: 0 })
    expect((await at.api('POST', '/api/v1/eas/resync', { ids: [0] })).status).toBe(400)
    const files = await resync(at)
    expect(files).toEqual([one._id])
  })

  it('follow a change on another server within moments', async () => {
    const at = await server.instance()
    expect((await put(at, 'strange.xyz')).status).toBe(200)
    const own = { version: 1, own: { uploadallowunknown: false } }
    await server.database
      .tenant(at.id)
      .write((sql) => sql`insert into setting (instance_id, name, value) values (${at.id}, 'produce_config', ${sql.json(own)}::jsonb)`)
    now = new Date(now.getTime() + 6000)
    expect((await put(at, 'strange.xyz')).status).toBe(400)
  })
})

/** Does the ordered jobs of an instance that have files worked on again, and answers for which files there is work then. */
async function resync({ id }: TestInstance): Promise<number[]> {
  const { control } = server.database
  type Row = { payload: { ids: number[] | null } }
  const ordered = await control<Row[]>`
    delete from vitrine_jobs.job where name = 'file-resync' and data->>'instance' = ${id} returning data->'payload' as payload`
  await control`delete from vitrine_jobs.job where name = 'file-process' and data->>'instance' = ${id}`
  for (const { payload } of ordered)
    await server.jobs['file-resync']({ instance: id, payload, key: 'all', signal: new AbortController().signal, last: true })
  const rows = await control<{ file: number }[]>`
    select (data->'payload'->>'file')::int as file from vitrine_jobs.job where name = 'file-process' and data->>'instance' = ${id} order by 1`
  return rows.map(({ file }) => file)
}
