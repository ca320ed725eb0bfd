/** Locations behind real connections: what is reached, what is told of it, and what is told to nobody. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Writable } from 'node:stream'
import { GuardedFetch, guardedAgents } from '@vitrine/drivers/http'
import { BlobStoresHere } from '@vitrine/drivers/storage'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../log.ts'
import { formOf } from '../../testing/forms.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { PATH, sha256 } from './locations.fixture.ts'

const PASSWORD = 'open-sesame-of-the-store'
const seen: IncomingMessage['headers'][] = []
let written = ''
let place: string
let store: Server
let server: TestServer
let filesRoot: string

beforeAll(async () => {
  // A store that refuses everybody, and repeats what it was sent.
  store = createServer((request, response) => {
    seen.push(request.headers)
    response.writeHead(401, { 'content-type': 'text/plain' }).end(`refused: ${JSON.stringify(request.headers)}`)
  })
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve))
  place = `127.0.0.1:${(store.address() as AddressInfo).port}`
  filesRoot = await mkdtemp(path.join(tmpdir(), 'vitrine-outside-'))
  const guard = { openHosts: [place], resolve: async () => ['127.0.0.1'] }
  const stores = new BlobStoresHere({ agents: guardedAgents(guard), filesRoot })
  await stores.open({ kind: 'file', dir: '.' }, '').check({ write: true })
  const log = createLogger('trace', new Writable({ write: (chunk, _, done) => ((written += String(chunk)), done()) }))
  server = await testServer({ stores, http: new GuardedFetch(guard), log })
})
afterAll(async () => {
  store.closeAllConnections()
  store.close()
  await server.close()
  await rm(filesRoot, { recursive: true })
})
beforeEach(() => void seen.splice(0))

const swift = (authUrl: string) => ({
  id: 0,
  kind: 'swift',
  config: { swift: { container: 'files', auth_url: authUrl, username: 'museum:files', password: PASSWORD } },
})
const s3 = (endpoint: string) => ({
  id: 0,
  kind: 's3',
  config: { s3: { bucket: 'files', endpoint, accesskey: 'museum', secretkey: PASSWORD, ssl: false } },
})

describe('a store that refuses', () => {
  it('is told of without anything secret, in answers and in the log, whatever it repeats', async () => {
    const { api } = await server.instance()
    const texts: string[] = []
    for (const location of [swift(`http://${place}/auth/v1.0`), s3(place)]) {
      const saved = await api('POST', `${PATH}/new`, location)
      expect(saved).toMatchObject({ status: 200, body: { status: 'error', status_msg: expect.stringMatching(/.+/) } })
      texts.push(saved.text, (await api('POST', `${PATH}/${saved.body.id}/test`)).text, (await api('GET', `${PATH}/${saved.body.id}`)).text)
      await api('POST', `${PATH}/defaults`, { originals: saved.body.id, versions: null, backups: null })
      texts.push((await api('PUT', '/api/v1/eas/put', formOf({ a: 'content' }))).text)
    }
    expect(seen.map((headers) => headers['x-auth-key'])).toContain(PASSWORD)
    expect(written).toContain('/api/v1/system/location/new')
    for (const text of [...texts, written]) expect(text).not.toContain(PASSWORD)
  })
})

describe('a store on a closed network', () => {
  it('is never reached, whatever its name resolves to', async () => {
    const { api } = await server.instance()
    const port = place.split(':')[1]
    for (const location of [swift(`http://store.example.org:${port}/auth/v1.0`), s3(`store.example.org:${port}`)]) {
      const saved = await api('POST', `${PATH}/new`, location)
      expect(saved).toMatchObject({ status: 200, body: { status: expect.stringMatching(/^(error|not accessible)$/) } })
      expect(saved.body.status_msg).toContain('nothing is fetched from')
    }
    expect(seen).toEqual([])
  })
})

describe('a location that is down', () => {
  it('makes clear errors on its files, and none elsewhere', async () => {
    const { api } = await server.instance()
    const upload = async (content: string) => (await api('PUT', '/api/v1/eas/put', formOf({ a: content }))).body[0]._id as number
    const read = (id: number, content: string) => api('GET', `/api/v1/eas/download/${id}/${sha256(content)}/original`)
    const here = await upload('here')
    const { id: gone } = (await api('POST', `${PATH}/new`, { id: 0, kind: 'file', config: { file: { dir: 'disk' } } })).body
    const first = (await api('GET', `${PATH}/defaults`)).body
    await api('POST', `${PATH}/defaults`, { ...first, originals: gone })
    const there = await upload('there')
    expect((await read(there, 'there')).text).toBe('there')

    await rm(path.join(filesRoot, 'disk'), { recursive: true })
    const down = { status: 503, body: { code: 'FileStoreUnavailable', parameters: { location: String(gone) } } }
    expect(await read(there, 'there')).toMatchObject(down)
    expect(await api('PUT', '/api/v1/eas/put', formOf({ a: 'lost' }))).toMatchObject(down)
    expect((await read(here, 'here')).text).toBe('here')
    expect((await api('GET', `/api/v1/eas/${there}`)).status).toBe(200)
    // The disk may come back; nobody is to write where it should be.
    for (let n = 0; n < 2; n++)
      expect((await api('POST', `${PATH}/${gone}/test`)).body).toMatchObject({
        status: 'error',
        status_msg: expect.stringContaining('does not exist'),
      })
    expect(await readdir(filesRoot)).not.toContain('disk')
    await api('POST', `${PATH}/defaults`, first)
    expect((await read(await upload('again'), 'again')).text).toBe('again')
  })
})
