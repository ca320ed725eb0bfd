/** What is asked of other servers when a file is imported, through the real client, against servers that answer well and badly. */
import { createServer, type RequestListener } from 'node:http'
import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { isDomainError } from '@vitrine/domain/errors'
import { fetchFor } from '@vitrine/domain/fetch/tenant-fetch'
import { RemoteTrouble } from '@vitrine/domain/files/fetch-file'
import { remoteBody } from '@vitrine/domain/files/remote-body'
import { remoteProbe } from '@vitrine/domain/files/remote-probe'
import { afterEach, describe, expect, it } from 'vitest'
import { GuardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts'

const running: Server[] = []
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of running.splice(0)) server.close()
})

async function listening(server: Server): Promise<string> {
  running.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
const web = (handle: RequestListener) => listening(createServer(handle))
const raw = (answer: string) => listening(createPlainServer((socket) => void socket.once('data', () => socket.end(answer))))

const client = (place: string, options: GuardedFetchOptions = {}) => fetchFor(new GuardedFetch(options), [place])
const { signal } = new AbortController()
const probed = (place: string, path = '/photo.jpg', wish: object = {}, options: GuardedFetchOptions = {}) =>
  remoteProbe(client(place, options))({ url: `http://${place}${path}`, filename: '', leave: false, skipHeadRequest: false, ...wish }, signal)
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => {
      if (!isDomainError(error)) throw error
      return [error.code, error.parameters]
    },
  )
async function fetched(place: string, maxBytes: number | null = null): Promise<unknown> {
  try {
    const { body } = await remoteBody(client(place))(`http://${place}/photo.jpg`, { maxBytes, signal })
    let length = 0
    for await (const chunk of body) length += chunk.byteLength
    return length
  } catch (error) {
    if (!(error instanceof RemoteTrouble)) throw error
    return [error.hopeless ? 'hopeless' : 'again', error.message]
  }
}

describe('asking about a file', () => {
  it('reads the answer to HEAD, with a name in plain UTF-8', async () => {
    const asked: (string | undefined)[] = []
    const place = await web((request, response) => {
      asked.push(request.method)
      response.writeHead(200, {
        'content-type': 'image/jpeg',
        'content-length': 5,
        'content-disposition': Buffer.from('attachment; filename="Größe.jpg"').toString('latin1'),
      })
      response.end()
    })
    expect(await probed(place)).toEqual({ filename: 'Größe.jpg', mimeType: 'image/jpeg', sizeBytes: 5 })
    expect(asked).toEqual(['HEAD'])
  })

  it('leaves a body that is as long as it likes where it is', async () => {
    const closed = Promise.withResolvers<void>()
    const place = await web((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(405).end()
      response.on('close', () => closed.resolve())
      response.writeHead(200, { 'content-type': 'video/mp4' })
      const more = () => response.writable && response.write('x'.repeat(65_536), more)
      more()
    })
    expect(await probed(place, '/film')).toEqual({ filename: 'film.mp4', mimeType: 'video/mp4', sizeBytes: null })
    await closed.promise
  })

  it('follows redirects, and names the file by where they lead', async () => {
    const place = await web((request, response) => {
      if (request.url === '/short') response.writeHead(302, { location: '/real%20name.png' }).end()
      else response.writeHead(200, { 'content-length': '7' }).end()
    })
    expect(await probed(place, '/short')).toEqual({ filename: 'real name.png', mimeType: null, sizeBytes: 7 })
  })

  it.each(['http://127.0.0.1:1/', 'http://10.0.0.1/x.jpg', 'http://169.254.169.254/latest/', 'file:///etc/passwd', 'http://0x7f.1/', '//[::1]/'])(
    'is refused when the answer leads to %s',
    async (location) => {
      const place = await web((_, response) => response.writeHead(302, { location }).end())
      expect(await refusal(probed(place))).toMatchObject(['EasRputError', { url: `http://${place}/photo.jpg` }])
    },
  )

  it('tells nothing about addresses inside', async () => {
    const dialled: string[] = []
    const dial: GuardedFetchOptions['dial'] = async ({ address }) => {
      dialled.push(address)
      throw Object.assign(new Error(`connect ECONNREFUSED ${address}:80`), { code: 'ECONNREFUSED' })
    }
    const asking = (addresses: string[], wish: object = {}) =>
      refusal(probed('db.intern.test:80', '/x.jpg', wish, { dial, resolve: async () => addresses }))
    // Open to this one, so that it gets as far as the network; and closed under another name.
    expect(await asking(['10.9.8.7'])).toEqual([
      'EasRputError',
      { url: 'http://db.intern.test:80/x.jpg', msg: 'the connection failed (ECONNREFUSED)' },
    ])
    expect(dialled).toEqual(['10.9.8.7'])
    for (const wish of [{}, { skipHeadRequest: true, filename: 'x.jpg' }]) {
      const closed = await asking(['10.9.8.7'], { ...wish, url: 'http://other.intern.test/x.jpg' })
      expect(closed).toEqual(['EasRputError', { url: 'http://other.intern.test/x.jpg', msg: 'nothing is fetched from other.intern.test:80' }])
    }
  })
})

describe('fetching a file', () => {
  it('takes all of it, and no more than is allowed', async () => {
    const place = await web((_, response) => response.end('x'.repeat(1000)))
    expect([await fetched(place), await fetched(place, 1000)]).toEqual([1000, 1000])
    expect(await fetched(place, 999)).toEqual(['hopeless', 'the file has 1000 bytes, and at most 999 are taken'])
    const untold = await web((_, response) => (response.write('x'.repeat(500)), response.end('x'.repeat(500))))
    expect(await fetched(untold, 999)).toEqual(['hopeless', 'the answer has more than 999 bytes'])
  })

  it('fails when the server breaks off, lies about the length, or is broken', async () => {
    for (const [answer, outcome] of [
      ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', ['again', 'the connection failed (ECONNRESET)']],
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', ['again', 'the connection failed (ECONNRESET)']],
      ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', ['hopeless', 'the file is empty']],
      ['HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n', ['again', 'the server there answered 500']],
      ['HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n', ['hopeless', 'the server there answered 404']],
      ['+OK not HTTP\r\n', ['again', expect.stringContaining('the connection failed') as string]],
      ['', ['again', 'the connection failed (ECONNRESET)']],
    ] as const)
      expect([answer, await fetched(await raw(answer))]).toEqual([answer, outcome])
  })
})
