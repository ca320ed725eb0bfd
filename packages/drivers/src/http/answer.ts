/** An answer whose body is passed on as it comes, up to its limits. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { FetchFailure, type FetchAnswer } from '@vitrine/domain/ports/http-fetch'
import { Pace, type PaceLimits } from './pace.ts'

export interface AnswerLimits {
  readonly url: string
  readonly maxBytes: number
  /** Null where only the time for everything is limited. */
  readonly pace: PaceLimits | null
  readonly failure: (error: unknown) => FetchFailure
}

export function answerOf(message: IncomingMessage, { url, maxBytes, pace: limits, failure }: AnswerLimits): FetchAnswer {
  const announced = Number(message.headers['content-length'] ?? 0)
  const tooLarge = () => new FetchFailure('too-large', `the answer has more than ${maxBytes} bytes`)
  const pace = limits && new Pace(limits, () => void message.destroy(new FetchFailure('timeout', 'the answer comes too slowly')))
  // An error that comes before the body is read, or after it has been left, is nobody's; without a listener it would end the process.
  message.on('error', () => undefined)
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      if (announced > maxBytes) throw tooLarge()
      const pieces = (message as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
      const next = () => pieces.next()
      for (let seen = 0; ;) {
        const piece = pace ? await pace.wait(next) : await next()
        if (piece.done) break
        seen += piece.value.byteLength
        if (seen > maxBytes) throw tooLarge()
        yield piece.value
      }
      if (!message.complete) throw new FetchFailure('network', 'the answer broke off')
    } catch (error) {
      throw failure(error)
    } finally {
      message.destroy()
    }
  }
  return { url, status: message.statusCode ?? 0, headers: headersOf(message), body: body(), discard: () => void message.destroy() }
}

const headersOf = (message: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, textOf(Array.isArray(value) ? value.join(', ') : (value ?? ''))]))

/** The platform takes each byte for a character; most who send others than ASCII mean UTF-8, as browsers read it. */
function textOf(value: string): string {
  const bytes = Buffer.from(value, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : value
}
