import { describe, expect, it } from 'vitest'
import { failure, fake, json } from '../test/fake-server.ts'
import { ConnectionError, DialogueError, isVitrineError, VitrineError } from './index.ts'

const vase = (id: number): { _objecttype: string; _mask: string; vase: { _id: number } } => ({
  _objecttype: 'vase',
  _mask: 'vase_all',
  vase: { _id: id },
})

describe('operations', () => {
  it('put path, query and body where they belong', async () => {
    const { sdk, seen } = fake([json([]), json([])])
    await sdk.objectRead({ path: { objecttype: 'vase', mask: 'a/b', objectId: 7 }, query: { format: 'short', all_versions: true } })
    expect(seen[0]).toMatchObject({ method: 'GET', path: '/api/v1/db/vase/a%2Fb/7', query: { format: 'short', all_versions: 'true' }, body: '' })
    await sdk.objectDelete({ path: { objecttype: 'vase' }, body: [[1, 2, null]] })
    expect(seen[1]).toMatchObject({ method: 'DELETE', path: '/api/v1/db/vase', body: '[[1,2,null]]' })
  })

  it('refuse unknown parameters and wrong types when compiled', async () => {
    const { sdk, seen } = fake(() => json([]))
    // @ts-expect-error The mask is missing.
    await sdk.objectList({ path: { objecttype: 'vase' } }).catch(() => undefined)
    // @ts-expect-error There is no such parameter.
    await sdk.objectList({ path: { objecttype: 'vase', mask: 'm' }, query: { colour: 'blue' } })
    // @ts-expect-error The input cannot be left out.
    await sdk.objectList().catch(() => undefined)
    expect(seen.some((request) => request.query['colour'] === 'blue')).toBe(true)
  })

  it('hand over what is no JSON', async () => {
    const { sdk } = fake([
      new Response('<svg/>', { headers: { 'content-type': 'image/svg+xml' } }),
      new Response(null, { status: 302, headers: { location: '/x' } }),
    ])
    const picture = await sdk.schemaRead({ path: { version: 'HEAD' }, query: { format: 'svg' } }, { as: 'blob' })
    expect(await picture.text()).toBe('<svg/>')
    const redirect = await sdk.oauth2Authorize({ query: { client_id: 'c', response_type: 'code' } })
    expect(redirect.status).toBe(302)
  })
})

describe('bytes', () => {
  it('are uploaded as a form that names its own boundary', async () => {
    const { sdk, seen } = fake((_, request) => json([{ type: request.headers.get('content-type') }]))
    const body = new FormData()
    body.append('file', new Blob(['pixels']), 'vase.jpg')
    const [file] = await sdk.fileUpload({ query: { priority: 2 }, body })
    expect(file).toMatchObject({ type: expect.stringMatching(/^multipart\/form-data; boundary=/) as string })
    expect(seen[0]).toMatchObject({ method: 'PUT', path: '/api/v1/eas/put', query: { priority: '2' } })
    expect(seen[0]?.body).toContain('filename="vase.jpg"')
  })
  it('are sent as they are', async () => {
    const { sdk, seen } = fake((_, request) => new Response(null, { status: 204, headers: { 'x-type': request.headers.get('content-type') ?? '' } }))
    const header = { 'Tus-Resumable': '1.0.0', 'Upload-Offset': 0 }
    for (const body of [new Blob(['pixels']), new TextEncoder().encode('pixels')]) {
      const answer = await sdk.fileTusWrite({ path: { uploadId: 'u' }, header, body })
      expect([answer.status, answer.headers.get('x-type')]).toEqual([204, 'application/offset+octet-stream'])
    }
    expect(seen.map(({ body }) => body)).toEqual(['pixels', 'pixels'])
  })
  it('need not be there where the document says so', async () => {
    const { sdk, seen } = fake(() => json([]))
    await sdk.fileImport({ query: { url: 'http://elsewhere.example/vase.jpg' } })
    await sdk.fileImport({ query: { url: 'http://elsewhere.example/vase.jpg', leave: true }, body: { EXIF: { Make: 'Camera' } } })
    expect(seen.map(({ body }) => body)).toEqual(['', '{"EXIF":{"Make":"Camera"}}'])
  })
  it('are asked about by the headers of an answer', async () => {
    const { sdk } = fake([new Response(null, { headers: { 'upload-offset': '7' } }), failure('ResourceNotFound', 404, { resource: 'upload' })])
    const answer = await sdk.fileTusRead({ path: { uploadId: 'u' } })
    expect(answer.headers.get('upload-offset')).toBe('7')
    await expect(sdk.fileTusRead({ path: { uploadId: 'u' } })).rejects.toMatchObject({ status: 404 })
  })
})

describe('failures', () => {
  it('carry code, parameters, status and request id', async () => {
    const { sdk } = fake([failure('VersionMismatch', 400, { currentversion: 3, receivedversion: 3, expectedversion: 4 }, { 'x-request-id': 'q-1' })])
    const error = await sdk.tagList().catch((e: unknown) => e)
    expect(error).toBeInstanceOf(VitrineError)
    if (!isVitrineError(error, 'VersionMismatch')) throw new Error('another code')
    expect(error.parameters.expectedversion).toBe(4)
    expect(error).toMatchObject({ status: 400, requestId: 'q-1', message: 'VersionMismatch happened' })
    expect(isVitrineError(error, 'UserRequired')).toBe(false)
  })

  it('that are no answer of the API are connection errors', async () => {
    const { sdk } = fake([new Response('<h1>Bad gateway</h1>', { status: 502 }), new Response('{"half', { status: 200 })])
    await expect(sdk.tagList()).rejects.toMatchObject({ name: 'ConnectionError', status: 502 })
    await expect(sdk.tagList()).rejects.toMatchObject({ name: 'ConnectionError', message: 'the answer could not be read' })
  })
})

describe('stopping', () => {
  const hanging = (request: Request): Promise<Response> =>
    new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason as Error)))

  it('rejects with the reason of the signal, of the call or of the client', async () => {
    const stop = new AbortController()
    const one = fake([], { fetch: hanging })
    const waiting = one.sdk.tagList({}, { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    const all = fake([], { fetch: hanging, signal: stop.signal })
    await expect(all.sdk.tagList()).rejects.toThrow('enough')
  })

  it('gives an attempt no more than its time, and a write no second one', async () => {
    let attempts = 0
    const counting = (request: Request): Promise<Response> => {
      attempts += 1
      return hanging(request)
    }
    const { sdk } = fake([], { fetch: counting, timeoutMs: 5 })
    const error = await sdk.schemaCommit().catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ConnectionError)
    expect((error as Error).message).toContain('no answer within 5 ms')
    expect(attempts).toBe(1)
  })
})

describe('paging', () => {
  it('goes on after a short page and ends at an empty one', async () => {
    const { sdk, seen } = fake([json([vase(1)]), json([vase(4), vase(5)]), json([])])
    const ids: unknown[] = []
    for await (const record of sdk.objects('vase', { mask: 'vase_all', format: 'short', pageSize: 2 }))
      ids.push((record['vase'] as { _id: number })._id)
    expect(ids).toEqual([1, 4, 5])
    expect(seen.map((s) => s.query)).toEqual([0, 2, 4].map((offset) => ({ format: 'short', limit: '2', offset: String(offset) })))
  })

  it('asks for no page that nobody reads', async () => {
    const { sdk, seen } = fake([json([vase(1), vase(2)])])
    for await (const record of sdk.objects('vase', { mask: 'vase_all', pageSize: 2 })) if (record) break
    expect(seen).toHaveLength(1)
  })

  it('refuses pages of no size', async () => {
    const { sdk } = fake([])
    await expect(sdk.objects('vase', { mask: 'm', pageSize: 0 }).next()).rejects.toThrow('pageSize')
  })
})

describe('saving in batches', () => {
  it('yields what was stored in order, with a few batches on their way', async () => {
    let open = 0
    let most = 0
    const { sdk, seen } = fake(async (request) => {
      open += 1
      most = Math.max(most, open)
      const body = JSON.parse(request.body) as unknown[]
      // The first batch is the slowest.
      await new Promise((resolve) => setTimeout(resolve, seen.length === 1 ? 20 : 1))
      open -= 1
      return json(body)
    })
    const starts: number[] = []
    const source = Array.from({ length: 7 }, (_, i) => vase(i))
    for await (const batch of sdk.saveInBatches('vase', source, { batchSize: 2, inFlight: 2, query: { format: 'short' } })) {
      starts.push(batch.start)
      expect(batch.stored).toEqual(batch.given)
    }
    expect(starts).toEqual([0, 2, 4, 6])
    expect(most).toBe(2)
  })

  it('ends with the first failure, after what is on its way has come home', async () => {
    const { sdk, seen } = fake((request) => (request.body.includes('"_id":2') ? failure('SchemaInconsistent', 400, { msg: 'm' }) : json([])))
    const run = async (): Promise<void> => {
      for await (const batch of sdk.saveInBatches(
        'vase',
        Array.from({ length: 9 }, (_, i) => vase(i)),
        { batchSize: 1, inFlight: 2 },
      ))
        expect(batch.stored).toEqual([])
    }
    await expect(run()).rejects.toThrow('SchemaInconsistent')
    expect(seen.length).toBeLessThan(6)
  })

  it('does not pass over a question', async () => {
    const question = (): Response => json({ tasks: [{ title: 'Sure?', message: '', buttons: [{ text: 'Yes', name: 'revoke', value: 'yes' }] }] }, 202)
    const { sdk } = fake([question(), question(), json([vase(1)])])
    await expect(sdk.saveInBatches('vase', [vase(1)]).next()).rejects.toBeInstanceOf(DialogueError)
    const { value } = await sdk.saveInBatches('vase', [vase(1)], { decide: () => ({}) }).next()
    expect(value).toMatchObject({ stored: [vase(1)] })
  })
})
