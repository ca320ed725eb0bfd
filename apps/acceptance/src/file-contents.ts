/** Bytes that are told apart by a word of their own, and a server on the loopback interface that has all of them. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface Content {
  readonly word: string
  readonly sizeBytes: number
}

export const bytesOf = ({ word, sizeBytes }: Content): Buffer => Buffer.alloc(sizeBytes, `${word}\n`)
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const PIECES = 4
const PIECE_PAUSE_MS = 15

/** The content in pieces, with a pause after each: something that takes time. */
export async function* slowly(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const size = Math.ceil(bytes.byteLength / PIECES)
  for (let at = 0; at < bytes.byteLength; at += size) {
    yield bytes.subarray(at, at + size)
    await pause(PIECE_PAUSE_MS)
  }
}

export interface Origin {
  readonly place: string
  urlOf(content: Content): string
  close(): Promise<void>
}

/** Answers every content there can be, every third one slowly. */
export async function contentServer(): Promise<Origin> {
  let asked = 0
  const server = createServer((request, response) => {
    const [, word = '', sizeBytes = '0'] = request.url?.split('/') ?? []
    const bytes = bytesOf({ word, sizeBytes: Number(sizeBytes) })
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.byteLength })
    if (request.method === 'HEAD') return void response.end()
    if (++asked % 3 > 0) return void response.end(bytes)
    void (async () => {
      for await (const piece of slowly(bytes)) response.write(piece)
      response.end()
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    place,
    urlOf: ({ word, sizeBytes }) => `http://${place}/${word}/${sizeBytes}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
