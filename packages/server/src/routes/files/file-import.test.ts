import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GuardedFetch } from '@vitrine/drivers/http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { workOn } from '../../testing/file-work.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

const TEXT = 'plain words from elsewhere'
const md5 = (text: string) => createHash('md5').update(text).digest('hex')

let remote: Server
let place: string
let server: TestServer
let asked: string[]
beforeAll(async () => {
  remote = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const { pathname } = new URL(request.url ?? '', 'http://here')
    const body = pathname === '/gone.txt' ? undefined : TEXT
    if (pathname === '/no-head.txt' && request.method === 'HEAD') return void response.writeHead(405).end()
    if (body === undefined) return void response.writeHead(404).end()
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      ...(pathname === '/named' && { 'content-disposition': 'attachment; filename="told.txt"' }),
      ...(pathname !== '/unmeasured.txt' && { 'content-length': pathname === '/empty.txt' ? 0 : TEXT.length }),
    }
    response.writeHead(200, headers).end(pathname === '/empty.txt' ? '' : TEXT)
  })
  await new Promise<void>((resolve) => remote.listen(0, '127.0.0.1', resolve))
  place = `127.0.0.1:${(remote.address() as AddressInfo).port}`
  server = await testServer({ http: new GuardedFetch({ openHosts: [place] }) })
})
beforeEach(() => {
  asked = []
})
afterAll(async () => {
  await server.close()
  remote.closeAllConnections()
  await new Promise((resolve) => remote.close(resolve))
})

const at = (path: string) => `http://${place}${path}`
const rput = ({ api }: TestInstance, query: Record<string, string>, body?: object) =>
  api('POST', `/api/v1/eas/rput?${new URLSearchParams(query)}`, body)

describe('importing a file', () => {
  it('registers it at once and fetches it afterwards', async () => {
    const instance = await server.instance()
    const { status, body } = await rput(instance, { url: at('/words.txt'), reference: 'elsewhere:1' })
    expect([status, body.length]).toEqual([200, 1])
    expect(body[0]).toMatchObject({
      status: 'pending',
      original_filename: 'words.txt',
      filesize: TEXT.length,
      reference: 'elsewhere:1',
      hash: md5(at('/words.txt')),
    })
    // oxlint-disable-next-line no-explicit-any -- a test looks at the parts that matter
    const file = await workOn<any>(server, instance, body[0]._id)
    expect(file).toMatchObject({ status: 'done', hash: createHash('sha256').update(TEXT).digest('hex') })
    expect((await instance.api('GET', file.versions.original.path)).text).toBe(TEXT)
    expect(asked).toEqual(['HEAD /words.txt', 'GET /words.txt'])
  })

  it.each([
    ['what is sent along', '/named', 'told.txt'],
    ['the type where the address has no extension', '/plain', 'plain.txt'],
    ['the address, where HEAD is refused too', '/no-head.txt', 'no-head.txt'],
  ])('is named by %s', async (_, path, name) => {
    const { body } = await rput(await server.instance(), { url: at(path) })
    expect(body[0]).toMatchObject({ original_filename: name })
  })

  it('asks nobody when told not to, if it is told a name', async () => {
    const instance = await server.instance()
    const { body } = await rput(instance, { url: at('/words.txt'), filename: 'mine.txt', skip_head_request: 'true' })
    expect([body[0].original_filename, asked]).toEqual(['mine.txt', []])
    expect(await rput(instance, { url: at('/words.txt'), skip_head_request: '1' })).toMatchObject({
      status: 400,
      body: { code: 'SkipHeadRequestError' },
    })
  })

  it('leaves the file where it is, and hands it out from there', async () => {
    const instance = await server.instance()
    const { body } = await rput(instance, { url: at('/words.txt'), leave: 'true' })
    // oxlint-disable-next-line no-explicit-any -- as above
    const file = await workOn<any>(server, instance, body[0]._id)
    expect(file).toMatchObject({ status: 'done', hash: md5(at('/words.txt')) })
    const { status, text, headers } = await instance.api('GET', file.versions.original.path)
    expect([status, text, headers.get('x-fylr-storage-location')]).toEqual([200, TEXT, 'remote'])
  })

  it('takes metadata from whoever knows it, for a file that is left alone entirely', async () => {
    const instance = await server.instance()
    const query = { url: at('/words.txt'), leave: 'true', produce_versions: 'false', generate_metadata: 'false' }
    const { body } = await rput(instance, query, { _technical_metadata: { mime_type: 'text/x-words', pages: 3 }, shelf: { row: 'B', number: 7 } })
    expect(body[0]).toMatchObject({
      status: 'done',
      technical_metadata: { mime_type: 'text/x-words', pages: 3 },
      metadata: {
        groupnames: ['shelf'],
        groups: {
          shelf: [
            { name: 'row', value: 'B' },
            { name: 'number', value: 7 },
          ],
        },
      },
    })
    expect(await rput(instance, { url: at('/words.txt'), generate_metadata: 'false' })).toMatchObject({
      status: 400,
      body: { code: 'ServerGeneric' },
    })
  })

  it('fails later, with a reason, when the file does not come', async () => {
    const instance = await server.instance()
    const { body } = await rput(instance, { url: at('/gone.txt'), filename: 'gone.txt', skip_head_request: 'true' })
    await server.jobs['file-import']({
      instance: instance.id,
      payload: { file: body[0]._id },
      key: '',
      signal: new AbortController().signal,
      last: false,
    })
    const file = (await instance.api('GET', `/api/v1/eas/${body[0]._id}`)).body
    expect(file).toMatchObject({ status: 'failed', status_msg: expect.stringContaining('404') })
    expect(file.versions.original.url).toBeUndefined()
  })

  it.each([
    [{}, 'EasInvalidURL'],
    [{ url: 'nothing' }, 'EasInvalidURL'],
    [{ url: 'ftp://a.test/x.txt' }, 'EasInvalidURL'],
    [{ url: 'http://169.254.169.254/latest/meta-data' }, 'EasRputError'],
    [{ url: 'http://[::ffff:10.0.0.1]/x.txt' }, 'EasRputError'],
    [{ url: 'HERE/gone.txt' }, 'EasRputError'],
    [{ url: 'HERE/empty.txt' }, 'EasRputErrorContentLength'],
    [{ url: 'HERE/unmeasured.txt', leave: 'true' }, 'EasRputErrorContentLength'],
    [{ url: 'HERE/words.txt', version_name: 'v' }, 'EasNoParentID'],
    [{ url: 'HERE/words.txt', custom_produce_config: '[' }, 'ServerGeneric'],
  ] as [Record<string, string>, string][])('refuses %j with %s', async (query, code) => {
    const sent = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, value.replace('HERE', `http://${place}`)]))
    expect(await rput(await server.instance(), sent)).toMatchObject({ status: 400, body: { code } })
  })

  it('is for people who may upload', async () => {
    const instance = await server.instance()
    const path = `/api/v1/eas/rput?${new URLSearchParams({ url: at('/words.txt') })}`
    expect(await instance.api('POST', path, undefined, { token: null })).toMatchObject({ status: 401 })
    await instance.api('POST', '/api/v1/user', [
      { _basetype: 'user', user: { login: 'reader', type: 'easydb' }, _password: 'a long enough password' },
    ])
    const token = await instance.signIn('reader', 'a long enough password')
    expect(await instance.api('POST', path, undefined, { token })).toMatchObject({ status: 403, body: { code: 'RightRequired' } })
    expect(asked).toEqual([])
  })
})

describe('a reference that is taken', () => {
  it('is refused, or answers the file that has it', async () => {
    const instance = await server.instance()
    const [first] = (await rput(instance, { url: at('/words.txt'), reference: 'one' })).body
    expect(await rput(instance, { url: at('/other.txt'), reference: 'one' })).toMatchObject({
      status: 400,
      body: { code: 'EasDuplicateReference', parameters: { reference: 'one', file: first._id } },
    })
    const again = await rput(instance, { url: at('/other.txt'), reference: 'one', skip_duplicate_reference: 'true' })
    expect(again.body).toMatchObject([{ _id: first._id, original_filename: 'words.txt', _duplicates: [{ _id: first._id }] }])
  })
})

describe('importing many files', () => {
  const bulk = ({ api }: TestInstance, body: object[], query = '') => api('POST', `/api/v1/eas/rput/bulk${query}`, body)

  it('registers all in their order, or none', async () => {
    const instance = await server.instance()
    const { body } = await bulk(
      instance,
      Array.from({ length: 40 }, (_, i) => ({ url: at(`/${i}.txt`), reference: `r${i}` })),
    )
    expect(body.map((file: { original_filename: string }) => file.original_filename)).toEqual(Array.from({ length: 40 }, (_, i) => `${i}.txt`))
    const refused = await bulk(instance, [{ url: at('/new.txt'), reference: 'fresh' }, { url: at('/gone.txt') }])
    expect(refused).toMatchObject({ status: 400, body: { code: 'EasRputError' } })
    expect((await bulk(instance, [{ url: at('/new.txt'), reference: 'fresh' }])).body).toMatchObject([{ reference: 'fresh' }])
  })

  it('marks all that share a reference, when such are skipped', async () => {
    const instance = await server.instance()
    const wishes = ['a', 'b', 'a'].map((reference, i) => ({ url: at(`/${i}.txt`), reference }))
    expect(await bulk(instance, wishes)).toMatchObject({ status: 400, body: { code: 'EasDuplicateReference' } })
    const { body } = await bulk(instance, wishes, '?skip_duplicate_reference=1')
    expect(body.map((file: { _id: number }) => file._id)).toEqual([body[0]._id, body[1]._id, body[0]._id])
    expect(body.map((file: { _duplicates?: object[] }) => file._duplicates?.length ?? 0)).toEqual([1, 0, 1])
  })

  it('lets two requests at once have one file for one reference', async () => {
    const instance = await server.instance()
    const wish = { url: at('/same.txt'), reference: 'same', skip_head_request: true, filename: 'same.txt' }
    const answers = await Promise.all(Array.from({ length: 6 }, () => bulk(instance, [wish], '?skip_duplicate_reference=true')))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(new Set(answers.map(({ body }) => body[0]._id)).size).toBe(1)
  })
})
