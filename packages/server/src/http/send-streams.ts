/**
 * Sends answers whose body is a stream of Node (`nodeBody`). What is there already goes out with the head in one piece. What comes
 * piece by piece waits for the client, and gives its memory back as soon as the system has taken it: left to the collector,
 * the pieces of one large download would pile up faster than they are collected.
 */
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { givesChunks } from '@vitrine/domain/ports/blob-store'
import { streamFor } from './node-body.ts'

type Fetch = (request: Request, ...rest: unknown[]) => Response | Promise<Response>

export const sendStreams =
  (fetch: Fetch): Fetch =>
  async (request, env, ...rest) => {
    const response = await fetch(request, env, ...rest)
    const { outgoing } = (env ?? {}) as { outgoing?: ServerResponse }
    const stream = outgoing && streamFor(outgoing)
    if (!stream) return response
    // Something has failed after the handler, and that is what is answered.
    if (response.status >= 300) {
      stream.destroy()
      return response
    }
    if (!outgoing.closed) outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    send(stream, outgoing, Number(response.headers.get('content-length') ?? -1))
    return RESPONSE_ALREADY_SENT
  }

function send(stream: Readable, outgoing: ServerResponse, length: number): void {
  // One of them was faster than the answer: the client has left, or the store has failed.
  if (outgoing.closed || stream.destroyed) {
    outgoing.destroy()
    stream.destroy()
    return
  }
  const release = givesChunks(stream) ? giveBack : () => undefined
  const there = stream.read() as Uint8Array | null
  if (there?.byteLength === length) {
    outgoing.end(there, () => release(there))
    stream.destroy()
    return
  }
  const write = (chunk: Uint8Array) => {
    if (!outgoing.write(chunk, () => release(chunk))) stream.pause()
  }
  outgoing.on('drain', () => stream.resume())
  stream.on('end', () => outgoing.end())
  // Too few bytes have gone out: that the connection is cut is all that the client can be told now.
  stream.on('error', () => outgoing.destroy())
  stream.on('data', write)
  if (there) write(there)
}

/** Older versions of Node have no way to do so. */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer?.(0)
}
