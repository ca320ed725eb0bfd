import { describe, expect, it } from 'vitest'
import { isDomainError } from '../errors.ts'
import { FetchFailure } from '../ports/http-fetch.ts'
import { remoteProbe } from './remote-probe.ts'
import { remoteServer, type RemoteServer } from './remote.harness.ts'

const URL_ = 'https://a.test/photo.jpg'
type Wish = Parameters<ReturnType<typeof remoteProbe>>[0]

const probing = ({ http }: RemoteServer, wish: Partial<Wish> = {}, signal = new AbortController().signal) =>
  remoteProbe(http)({ url: URL_, filename: '', leave: false, skipHeadRequest: false, ...wish }, signal)
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => {
      if (!isDomainError(error)) throw error
      return [error.code, error.parameters]
    },
  )
const image = { 'content-type': 'image/jpeg; x=y', 'content-length': '1234' }

describe('a remote file', () => {
  it('is asked about by HEAD, and known by what the answer says', async () => {
    const server = remoteServer({ HEAD: { headers: image } })
    expect(await probing(server)).toEqual({ filename: 'photo.jpg', mimeType: 'image/jpeg', sizeBytes: 1234 })
    expect(server.asked).toMatchObject([{ method: 'HEAD', url: URL_ }])
    expect(server.discarded).toHaveLength(1)
  })

  it('is asked about by GET when HEAD is not answered with 200, and its body is left alone', async () => {
    for (const status of [204, 304, 400, 403, 404, 405, 500, 501]) {
      const server = remoteServer({ HEAD: { status }, GET: { headers: image, body: [new FetchFailure('network', 'was read')] } })
      expect([status, await probing(server)]).toEqual([status, { filename: 'photo.jpg', mimeType: 'image/jpeg', sizeBytes: 1234 }])
      expect(server.asked.map(({ method }) => method)).toEqual(['HEAD', 'GET'])
      expect(server.discarded).toHaveLength(2)
    }
  })

  it('is named by the header, by where the address leads, or by the request', async () => {
    const header = { 'content-disposition': 'attachment; filename="told.png"' }
    expect((await probing(remoteServer({ HEAD: { headers: { ...image, ...header } } }))).filename).toBe('told.png')
    expect((await probing(remoteServer({ HEAD: { url: 'https://cdn.test/far.jpg' } }), { url: 'https://a.test/x' })).filename).toBe('far.jpg')
    expect((await probing(remoteServer({ HEAD: { headers: image } }), { filename: 'mine' })).filename).toBe('mine.jpg')
  })

  it('may keep its length to itself, unless it is to stay where it is', async () => {
    const untold = remoteServer({ HEAD: { headers: { 'content-type': 'image/jpeg' } } })
    expect(await probing(untold)).toMatchObject({ sizeBytes: null })
    expect(await refusal(probing(untold, { leave: true }))).toEqual(['EasRputErrorContentLength', { url: URL_, contentlength: -1 }])
    expect(await probing(remoteServer({ HEAD: { headers: image } }), { leave: true })).toMatchObject({ sizeBytes: 1234 })
    for (const length of ['much', '-5', '1e3', ''])
      expect(await probing(remoteServer({ HEAD: { headers: { 'content-length': length } } }))).toMatchObject({ sizeBytes: null })
  })

  it('is not known by the length of its package', async () => {
    const packed = remoteServer({ HEAD: { headers: { ...image, 'content-encoding': 'gzip' } } })
    expect(await probing(packed)).toMatchObject({ sizeBytes: null })
    expect(await probing(remoteServer({ HEAD: { headers: { ...image, 'content-encoding': 'identity' } } }))).toMatchObject({ sizeBytes: 1234 })
  })

  it('is refused when it is empty', async () => {
    for (const leave of [true, false])
      expect(await refusal(probing(remoteServer({ HEAD: { headers: { 'content-length': '0' } } }), { leave }))).toEqual([
        'EasRputErrorContentLength',
        { url: URL_, contentlength: 0 },
      ])
  })

  it('is refused when the server has it not, or cannot be reached, with a reason', async () => {
    expect(await refusal(probing(remoteServer({ GET: { status: 404 } })))).toEqual([
      'EasRputError',
      { url: URL_, msg: 'the server there answered 404' },
    ])
    expect(await refusal(probing(remoteServer({ HEAD: { status: 405 }, GET: { status: 302 } })))).toMatchObject([
      'EasRputError',
      { msg: 'the server there answered 302' },
    ])
    const failure = new FetchFailure('refused', 'nothing is fetched from a.test:443', new Error('10.0.0.5'))
    for (const answers of [{ HEAD: failure }, { HEAD: { status: 500 }, GET: failure }])
      expect(await refusal(probing(remoteServer(answers)))).toEqual(['EasRputError', { url: URL_, msg: 'nothing is fetched from a.test:443' }])
  })

  it('is no longer asked about when the caller is gone', async () => {
    const server = remoteServer({ HEAD: new FetchFailure('aborted', 'given up') })
    await expect(probing(server)).rejects.toMatchObject({ trouble: 'aborted' })
  })

  it('has to have an address of HTTP', async () => {
    const server = remoteServer({})
    for (const url of ['', 'nonsense', 'http://', 'ftp://a.test/x.jpg', 'file:///etc/passwd', 'http://a b/'])
      for (const skipHeadRequest of [true, false])
        expect([url, await refusal(probing(server, { url, filename: 'x.jpg', skipHeadRequest }))]).toEqual([url, ['EasInvalidURL', { url }]])
    expect(server.asked).toEqual([])
  })
})

describe('a remote file that nobody is asked about', () => {
  const skip = { skipHeadRequest: true }

  it('has to be named by the request, with an extension', async () => {
    const server = remoteServer({})
    expect(await probing(server, { ...skip, filename: 'dir/mine.jpg' })).toEqual({ filename: 'mine.jpg', mimeType: null, sizeBytes: null })
    expect(await refusal(probing(server, skip))).toEqual(['SkipHeadRequestError', { url: URL_ }])
    expect(await refusal(probing(server, { ...skip, filename: 'mine' }))).toEqual(['EasInvalidFilename', { filename: 'mine' }])
    expect(server.asked).toEqual([])
  })

  it('is refused when its place is closed, and taken when that cannot be found out yet', async () => {
    const closed = remoteServer({ place: new FetchFailure('refused', 'nothing is fetched from a.test:443') })
    expect(await refusal(probing(closed, { ...skip, filename: 'x.jpg' }))).toMatchObject(['EasRputError', { url: URL_ }])
    for (const trouble of ['unknown-host', 'timeout'] as const)
      expect(await probing(remoteServer({ place: new FetchFailure(trouble, 'no') }), { ...skip, filename: 'x.jpg' })).toMatchObject({
        filename: 'x.jpg',
      })
  })
})
