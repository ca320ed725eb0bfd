/** A stream of Node as the body of an answer. */
import { Readable } from 'node:stream'

export const nodeBody = (stream: Readable): ReadableStream<Uint8Array> => Readable.toWeb(stream) as ReadableStream<Uint8Array>
