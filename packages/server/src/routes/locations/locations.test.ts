import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { memoryStores } from '../../testing/memory-stores.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

const stores = memoryStores()
let server: TestServer
beforeAll(async () => {
  server = await testServer({ stores, fileRoots: ['/mnt/archive'] })
})
afterAll(() => server.close())
beforeEach(() => {
  stores.trouble = () => undefined
})

const PATH = '/api/v1/system/location'
const SECRET = 'a very secret key; AccountKey=also/secret+stuff=='
const file = (dir: string, more: object = {}) => ({ id: 0, kind: 'file', config: { file: { dir } }, ...more })
const S3 = { bucket: 'media', endpoint: 's3.example.org', accesskey: 'museum', secretkey: SECRET }
const s3 = (more: object = {}, settings: object = {}) => ({ id: 0, kind: 's3', name: 'bucket', config: { s3: { ...S3, ...settings } }, ...more })
const azure = (settings: object) => ({ id: 0, kind: 'azure', config: { azure: { container: 'media', ...settings } } })
const swift = (settings: object = {}) => ({
  id: 0,
  kind: 'swift',
  config: { swift: { container: 'media', auth_url: 'https://swift.example.org/auth/v1.0', username: 'museum:files', password: SECRET, ...settings } },
})
const made = async ({ api }: TestInstance, location: object) => {
  const { status, body, text } = await api('POST', `${PATH}/new`, location)
  if (status !== 200) throw new Error(text)
  return body as { id: number }
}
const refused = { status: 400, body: { code: 'LocationConfigInvalid' } }

describe('a new instance', () => {
  it('has one place for all its files', async () => {
    const { api } = await server.instance()
    const { body } = await api('GET', `${PATH}/list`)
    expect(body).toMatchObject([{ name: 'default', kind: 'file', prefix: '', config: { file: { dir: '.' } }, status: 'connected', read_only: false }])
    const id = body[0].id
    expect((await api('GET', `${PATH}/defaults`)).body).toEqual({ originals: id, versions: id, backups: id })
  })
})

describe('saving a location', () => {
  it('answers it as it is stored, and so do reading and listing, with defaults and never with a secret', async () => {
    const at = await server.instance()
    const saved = await at.api('POST', `${PATH}/new`, s3({ prefix: '/prod//images', allow_redirect: true, scrub_every_days: 30 }))
    expect(saved).toMatchObject({
      status: 200,
      body: {
        name: 'bucket',
        kind: 's3',
        prefix: 'prod/images/',
        allow_redirect: true,
        allow_purge: false,
        read_only: false,
        scrub_every_days: 30,
        status: 'connected',
        status_msg: '',
      },
    })
    const { secretkey: _, ...shown } = S3
    expect(saved.body.config).toEqual({ s3: { ...shown, region: 'us-east-1', ssl: true, pathstyle: true } })
    expect((await at.api('GET', `${PATH}/${saved.body.id}`)).body).toEqual(saved.body)
    const list = await at.api('GET', `${PATH}/list`)
    expect(list.body[1]).toEqual(saved.body)
    expect(saved.text + list.text).not.toContain('secret')
  })

  it('takes every kind there is, and shows none of their secrets', async () => {
    const at = await server.instance()
    const key = `AccountName=museum;${SECRET}`
    for (const location of [
      azure({ connection_string: key }),
      azure({ account_name: 'museum', account_key: SECRET }),
      swift({ temp_url_key: SECRET }),
      file('archive'),
      file('/mnt/archive/museum', { prefix: 'a' }),
    ]) {
      const { status, text } = await at.api('POST', `${PATH}/new`, location)
      expect([status, text]).toEqual([200, expect.not.stringMatching(/secret|password|_key|connection_string/)])
    }
    const { body } = await at.api('GET', `${PATH}/list`)
    expect(body[2].config).toEqual({ azure: { container: 'media', account_name: 'museum', endpoint_suffix: 'core.windows.net' } })
    expect(body[1].config).toEqual({ azure: { container: 'media' } })
  })

  it('keeps secrets encrypted, each for its own place', async () => {
    const at = await server.instance()
    await made(at, s3())
    await made(at, s3({ name: 'another' }))
    const rows = await server.database.tenant(at.id).read((sql) => sql`select * from storage_location where instance_id = ${at.id} and kind = 's3'`)
    expect(rows).toHaveLength(2)
    for (const { secrets } of rows) expect(secrets).toMatch(/^aes-256-gcm/)
    expect(rows[0]?.['secrets']).not.toBe(rows[1]?.['secrets'])
    expect(JSON.stringify(rows)).not.toContain('very secret')
  })

  it('wants the id that fits the path, and the secrets every time', async () => {
    const at = await server.instance()
    expect(await at.api('POST', `${PATH}/new`, s3({ id: 7 }))).toMatchObject({
      status: 400,
      body: { code: 'LocationMustMatchID', parameters: { id: 7, expected: 0 } },
    })
    const { id } = await made(at, s3())
    expect(await at.api('PUT', `${PATH}/${id}`, s3({ id: 0 }))).toMatchObject({ status: 400, body: { code: 'LocationMustMatchID' } })
    const { secretkey: _, ...without } = S3
    const again = await at.api('PUT', `${PATH}/${id}`, { ...s3({ id }), config: { s3: without } })
    expect(again).toMatchObject({ ...refused, body: { parameters: { msg: expect.stringContaining('secretkey is missing') } } })
    expect((await at.api('PUT', `${PATH}/${id}`, s3({ id, name: 'renamed' }))).body).toMatchObject({ id, name: 'renamed' })
  })

  it('makes one under an id that is free, which no other gets afterwards', async () => {
    const at = await server.instance()
    expect(await at.api('PUT', `${PATH}/5`, s3({ id: 5 }))).toMatchObject({ status: 200, body: { id: 5 } })
    const ids = new Set<number>()
    for (let n = 0; n < 20; n++) ids.add((await made(at, file(`d${n}`))).id)
    expect(ids.size).toBe(20)
    expect(ids.has(5)).toBe(false)
    expect((await at.api('PUT', `${PATH}/2000000000`, s3({ id: 2_000_000_000, name: 'far' }))).body).toMatchObject({ code: 'LocationConfigInvalid' })
  })

  it('is refused for a name that is taken', async () => {
    const at = await server.instance()
    await made(at, s3())
    expect(await at.api('POST', `${PATH}/new`, s3())).toMatchObject(refused)
    const answers = await Promise.all([1, 2, 3].map(() => at.api('POST', `${PATH}/new`, file('x', { name: 'at once' }))))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400, 400])
  })

  it.each([
    ['another kind', { ...s3(), kind: 'file' }],
    ['no settings', { id: 0, kind: 's3' }],
    ['no key', s3({}, { accesskey: '' })],
    ['both ways into Azure', azure({ connection_string: 'AccountName=a;AccountKey=b', account_name: 'a', account_key: 'b' })],
    ['no way into Azure', azure({})],
    ['half a way into Azure', azure({ account_name: 'a' })],
    ['a connection string without a place', azure({ connection_string: 'AccountKey=b' })],
    ['a path in place of a host', s3({}, { endpoint: 's3.example.org/../x' })],
    ['a scheme in place of a host', s3({}, { endpoint: 'http://s3.example.org' })],
    ['credentials in an address', swift({ auth_url: 'https://a:b@swift.example.org/' })],
    ['another scheme', swift({ auth_url: 'file:///etc/passwd' })],
    ['a control character', s3({}, { bucket: 'a\u0001b' })],
  ])('is refused for %s', async (_, location) => {
    const { api } = await server.instance()
    expect(await api('POST', `${PATH}/new`, location)).toMatchObject(refused)
    expect((await api('GET', `${PATH}/list`)).body).toHaveLength(1)
  })
})

describe('a place that is not the business of an instance', () => {
  it.each([
    s3({}, { endpoint: '127.0.0.1:9000' }),
    s3({}, { endpoint: '169.254.169.254' }),
    s3({}, { endpoint: '[::ffff:10.0.0.1]:9000' }),
    s3({}, { endpoint: '0x7f.1' }),
    swift({ auth_url: 'http://192.168.1.1:8080/auth/v1.0' }),
    azure({ connection_string: 'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=b;BlobEndpoint=http://127.0.0.1:10000/a' }),
    azure({ connection_string: 'UseDevelopmentStorage=true' }),
    azure({ account_name: 'a', account_key: 'b', endpoint_suffix: '@127.0.0.1' }),
    azure({ account_name: '127.0.0.1:1/', account_key: 'b' }),
    file('..'),
    file('a/../../b'),
    file('/etc'),
    file('/mnt/archive/../other'),
    file('/mnt/archived'),
    file('vitrine-00000000-0000-7000-8000-000000000000'),
    file('a\\..\\b'),
    { ...s3(), prefix: '../other' },
    { ...s3(), prefix: 'VITRINE-00000000-0000-7000-8000-000000000000/' },
  ])('is refused: %j', async (location) => {
    const { api } = await server.instance()
    expect(await api('POST', `${PATH}/new`, location)).toMatchObject(refused)
  })
})

describe('a location that does not answer', () => {
  it('is stored all the same, says so without its secrets, and is well again when it is tried again', async () => {
    const at = await server.instance()
    stores.trouble = () => {
      throw new BlobFailure('unavailable', `no answer to ${encodeURIComponent(SECRET)} or ${SECRET} at s3.example.org`)
    }
    const saved = await at.api('POST', `${PATH}/new`, s3())
    expect(saved).toMatchObject({ status: 200, body: { status: 'not accessible', status_msg: 'no answer to *** or *** at s3.example.org' } })
    stores.trouble = () => {
      throw new BlobFailure('denied', 'not with this key')
    }
    expect((await at.api('POST', `${PATH}/${saved.body.id}/test`)).body).toMatchObject({ status: 'error', status_msg: 'not with this key' })
    stores.trouble = () => undefined
    const tested = await at.api('POST', `${PATH}/${saved.body.id}/test`)
    expect(tested).toMatchObject({ status: 200, body: { status: 'connected', status_msg: '' } })
    expect((await at.api('GET', `${PATH}/${saved.body.id}`)).body).toEqual(tested.body)
    expect((await at.api('POST', `${PATH}/999/test`)).status).toBe(404)
  })
})

describe('default locations', () => {
  it('are all replaced, and have to exist and be written to', async () => {
    const at = await server.instance()
    const [{ id: archive }, { id: frozen }] = [await made(at, file('archive')), await made(at, file('frozen', { read_only: true }))]
    const wanted = { originals: archive, versions: null, backups: null }
    expect(await at.api('POST', `${PATH}/defaults`, wanted)).toMatchObject({ status: 200, body: wanted })
    expect((await at.api('GET', `${PATH}/defaults`)).body).toEqual(wanted)
    expect(await at.api('POST', `${PATH}/defaults`, { ...wanted, versions: 999 })).toMatchObject({ status: 404 })
    expect(await at.api('POST', `${PATH}/defaults`, { ...wanted, versions: frozen })).toMatchObject({
      status: 400,
      body: { code: 'LocationReadOnlyCannotBeDefault', parameters: { location: frozen } },
    })
    const frozenNow = await at.api('PUT', `${PATH}/${archive}`, file('archive', { id: archive, read_only: true }))
    expect(frozenNow).toMatchObject({ status: 400, body: { code: 'LocationReadOnlyCannotBeDefault' } })
    expect((await at.api('GET', `${PATH}/defaults`)).body).toEqual(wanted)
  })
})

describe('removing a location', () => {
  it('works also when there is none, and not while new files go there', async () => {
    const at = await server.instance()
    const [{ id: first }] = (await at.api('GET', `${PATH}/list`)).body
    expect(await at.api('DELETE', `${PATH}/999`)).toMatchObject({ status: 200, body: { status: { acknowledged: 'ok' } } })
    expect(await at.api('DELETE', `${PATH}/${first}`)).toMatchObject({
      status: 400,
      body: { code: 'LocationInUse', parameters: { location: first, files: 0, defaults: ['backups', 'originals', 'versions'] } },
    })
    await at.api('POST', `${PATH}/defaults`, { originals: null, versions: null, backups: null })
    expect((await at.api('DELETE', `${PATH}/${first}`)).status).toBe(200)
    expect((await at.api('GET', `${PATH}/${first}`)).status).toBe(404)
  })
})

describe('whoever has no right', () => {
  it('sees nothing and changes nothing, and who configures the instance only sees', async () => {
    const at = await server.instance()
    const person = async (login: string, right: object) => {
      const password = 'a long enough password'
      const { body } = await at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login }, _system_rights: right, _password: password }])
      if (!Array.isArray(body)) throw new Error(JSON.stringify(body))
      return at.signIn(login, password)
    }
    const [nobody, sees] = [await person('nobody', {}), await person('sees', { 'system.config': {} })]
    for (const path of ['list', '1', 'defaults']) {
      expect((await at.api('GET', `${PATH}/${path}`, undefined, { token: nobody })).status).toBe(403)
      expect((await at.api('GET', `${PATH}/${path}`, undefined, { token: sees })).status).toBe(200)
    }
    expect((await at.api('POST', `${PATH}/new`, s3(), { token: sees })).status).toBe(403)
    expect((await at.api('POST', `${PATH}/1/test`, undefined, { token: sees })).status).toBe(403)
  })
})
