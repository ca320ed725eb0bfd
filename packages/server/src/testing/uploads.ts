/** Resumable uploads in tests: requests of the tus protocol, word by word. */
import type { Answer, ApiOptions, TestInstance, TestServer } from './test-server.ts'

export const TUS = '/api/v1/eas/tus'
const VERSION = { 'tus-resumable': '1.0.0' }
const BYTES = { 'content-type': 'application/offset+octet-stream' }

export const metadataOf = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',')

type Headers = Readonly<Record<string, string>>
type Token = Pick<ApiOptions, 'token'>
const withHeaders = (headers: Headers, { token }: Token = {}): ApiOptions => ({
  headers: { ...VERSION, ...headers },
  ...(token !== undefined && { token }),
})

export function tusOf({ api }: TestInstance) {
  const create = (metadata: Readonly<Record<string, string>>, headers: Headers = {}, body?: string, token?: Token) =>
    api('POST', TUS, body, withHeaders({ 'upload-metadata': metadataOf(metadata), ...(body !== undefined && BYTES), ...headers }, token))
  return {
    create,
    /** The address of a new upload of this length. */
    async begin(length: number, metadata: Readonly<Record<string, string>> = {}, token?: Token): Promise<string> {
      const { status, headers, text } = await create({ filename: 'a.txt', ...metadata }, { 'upload-length': String(length) }, undefined, token)
      if (status !== 201) throw new Error(`the upload could not begin: ${text}`)
      return headers.get('location') ?? ''
    },
    write: (at: string, offset: number, body: string, headers: Headers = {}, token?: Token) =>
      api('PATCH', at, body, withHeaders({ ...BYTES, 'upload-offset': String(offset), ...headers }, token)),
    ask: (at: string, token?: Token) => api('HEAD', at, undefined, withHeaders({}, token)),
    end: (at: string, token?: Token) => api('DELETE', at, undefined, withHeaders({}, token)),
  }
}

export const fileIdOf = ({ headers }: Answer): number => Number(headers.get('x-vitrine-file-id'))
export const offsetOf = ({ headers }: Answer): number => Number(headers.get('upload-offset'))

/** A write whose body comes when the test says so. */
export function openWrite(server: TestServer, { domain, token }: TestInstance, at: string, offset: number) {
  let body!: ReadableStreamDefaultController<Uint8Array>
  const stream = new ReadableStream<Uint8Array>({ start: (controller) => void (body = controller) })
  const headers = { host: domain, authorization: `Bearer ${token}`, ...VERSION, ...BYTES, 'upload-offset': String(offset) }
  const request = new Request(`http://${domain}${at}`, { method: 'PATCH', headers, body: stream, duplex: 'half' } as RequestInit)
  const answer = Promise.resolve(server.app.fetch(request))
  return {
    answer,
    send: (text: string) => body.enqueue(new TextEncoder().encode(text)),
    end: () => body.close(),
    breakOff: () => body.error(new Error('the connection has gone')),
  }
}
