/**
 * Files of a multipart body, one after the other, each as a stream that has to be read to its end before the next one comes. What
 * is not a file is refused: forms of files have no other fields.
 */
import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { fail } from '@vitrine/domain/errors'
import { Busboy, type BusboyInstance } from '@fastify/busboy'

export interface MultipartFile {
  /** As sent, path and all; empty without one. */
  readonly filename: string
  readonly contentType: string | null
  readonly body: Readable
}

const LONGEST_HEADERS = 100
const FIELD = 'file'

export async function* multipartFiles(contentType: string, body: ReadableStream<Uint8Array>): AsyncGenerator<MultipartFile, void, undefined> {
  const parser = parserOf(contentType)
  const source = Readable.fromWeb(body as NodeReadableStream<Uint8Array>)
  const waiting: MultipartFile[] = []
  const state: { wake: () => void; ended: boolean; failure: unknown } = { wake: () => undefined, ended: false, failure: undefined }
  const end = (failure?: unknown) => {
    state.failure ??= failure
    state.ended = true
    state.wake()
  }
  parser.on('file', (field, stream, filename, _encoding, type) => {
    if (field !== FIELD) {
      stream.resume()
      return end(wrong(`the part ${JSON.stringify(field)} is unknown; files come in parts named "${FIELD}"`))
    }
    // A part that breaks off is told by its stream; whoever does not read it any more must not fall over it.
    stream.on('error', () => undefined)
    waiting.push({ filename: unescaped(filename ?? ''), contentType: type || null, body: stream })
    state.wake()
  })
  parser.on('fieldsLimit', () => end(wrong('the form has a field that is no file')))
  parser.on('finish', () => end())
  parser.on('error', (error: Error) => end(wrong(`the body is no multipart form (${error.message})`)))
  source.on('error', (error) => {
    for (const { body: part } of waiting) part.destroy(error)
    parser.destroy(error)
    end(error)
  })
  source.pipe(parser)
  try {
    for (;;) {
      const next = waiting.shift()
      if (next) yield next
      else if (state.failure !== undefined) throw state.failure
      else if (state.ended) return
      else await new Promise<void>((resolve) => (state.wake = resolve))
    }
  } finally {
    source.unpipe(parser)
    source.destroy()
  }
}

/** Browsers write a quote in a name as if it stood in an address, and nothing else. */
const unescaped = (name: string) => name.replaceAll('%22', '"')

function parserOf(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      preservePath: true,
      highWaterMark: 256 * 1024,
      fileHwm: 256 * 1024,
      limits: { headerPairs: LONGEST_HEADERS, fields: 0 },
    })
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : 'the body is no multipart form')
  }
}

function wrong(msg: string): unknown {
  try {
    return fail('ServerGeneric', { msg })
  } catch (error) {
    return error
  }
}
