/**
 * A stream of Node as the body of an answer. Behind a socket the listener sends it as it is (`sendStreams`), because a detour over a
 * stream of the platform costs more than all the rest of a download; inside the process it becomes one.
 */
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Context } from 'hono'
import type { ServerEnv } from '../env.ts'

const streams = new WeakMap<ServerResponse, Readable>()

/** The answer has to tell its Content-Length where that is known: behind a socket it has no body of its own. */
export function nodeBody(c: Context<ServerEnv>, stream: Readable): ReadableStream<Uint8Array> | null {
  const { outgoing } = (c.env ?? {}) as { outgoing?: ServerResponse }
  if (!outgoing) return Readable.toWeb(stream) as ReadableStream<Uint8Array>
  stream.on('error', (error) => {
    if (!outgoing.closed) c.var.log.warn({ err: error }, 'an answer has broken off')
  })
  outgoing.once('close', () => stream.destroy())
  streams.set(outgoing, stream)
  return null
}

/** The stream that is to be sent here, once. */
export function streamFor(outgoing: ServerResponse): Readable | undefined {
  const stream = streams.get(outgoing)
  streams.delete(outgoing)
  return stream
}
