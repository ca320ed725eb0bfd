/** An answer whose body is passed on as it comes, up to its limit. */
import type { IncomingMessage } from 'node:http'
import { FetchFailure, type FetchAnswer } from '@vitrine/domain/ports/http-fetch'

export interface AnswerLimits {
  readonly url: string
  readonly maxBytes: number
  readonly failure: (error: unknown) => FetchFailure
}

export function answerOf(message: IncomingMessage, { url, maxBytes, failure }: AnswerLimits): FetchAnswer {
  const announced = Number(message.headers['content-length'] ?? 0)
  const tooLarge = () => new FetchFailure('too-large', `the answer has more than ${maxBytes} bytes`)
  // An error that comes before the body is read, or after it has been left, is nobody's; without a listener it would end the process.
  message.on('error', () => undefined)
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      if (announced > maxBytes) throw tooLarge()
      let seen = 0
      for await (const chunk of message as AsyncIterable<Uint8Array>) {
        seen += chunk.byteLength
        if (seen > maxBytes) throw tooLarge()
        yield chunk
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
  Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]))
