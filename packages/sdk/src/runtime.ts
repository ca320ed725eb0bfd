/** Turns an operation and its input into a request (openapi-fetch), and the response into a result, a dialogue or an error. */
import createClient from 'openapi-fetch'
import { Dialogue, type Choices, type DialogueDocument } from './dialogue.ts'
import { ConnectionError, errorOf } from './errors.ts'
import type { AnyInput, Call, CallOptions, OperationEntry } from './operation.ts'
import type { TokenSource, Transport } from './transport.ts'

interface AnyOperation {
  parameters: { query?: Record<string, unknown>; header?: Record<string, unknown>; path?: Record<string, unknown> }
  requestBody?: { content: { 'application/json': unknown } }
  responses: { 200: { content: { 'application/json': unknown } }; default: { content: { 'application/json': unknown } } }
}
type AnyPaths = Record<string, Record<OperationEntry['method'], AnyOperation>>

export interface RuntimeOptions {
  readonly baseUrl: string
  readonly transport: Transport
  readonly tokens: TokenSource
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number
}

export function createCall(runtime: RuntimeOptions): Call {
  const client = createClient<AnyPaths>({ baseUrl: runtime.baseUrl })

  const call = async <T>(operation: OperationEntry, input: AnyInput = {}, options: CallOptions = {}): Promise<T> => {
    const signal = anyOf(runtime.signal, options.signal)
    const timeoutMs = options.timeoutMs ?? runtime.timeoutMs
    const tokens = operation.token ? runtime.tokens : undefined
    const { error, response } = await client.request(operation.method, operation.path, {
      params: { path: { ...input.path }, query: { ...input.query }, header: { ...input.header } },
      ...bodyOf(operation, input.body),
      // The body is read below, after the status is known.
      parseAs: 'stream',
      redirect: operation.answers === 'response' ? 'manual' : 'follow',
      fetch: (request) => runtime.transport.send(request, { tokens, signal, timeoutMs }),
    })
    if (response.status === 202) {
      const repeat = (choices: Choices): Promise<T | Dialogue<T>> =>
        call<T | Dialogue<T>>(operation, { ...input, query: { ...input.query, ...choices } }, options)
      return new Dialogue<T>(await read<DialogueDocument>(response, () => response.json(), signal), repeat) as T
    }
    // A redirect that nobody followed is not "ok" either, but it is what such an operation answers.
    if (operation.answers === 'response' && response.status < 400) return response as T
    if (!response.ok) throw errorOf(response, error)
    if (options.as === 'blob') return read<T>(response, () => response.blob(), signal)
    if (operation.answers === 'empty') return undefined as T
    return read<T>(response, () => response.json(), signal)
  }
  return call
}

const plain = (body: unknown) => body

/** A form of several parts names its own boundary, and bytes are sent as they are; everything else is written by its type. */
function bodyOf(operation: OperationEntry, body: unknown) {
  if (body === undefined) return {}
  if (body instanceof FormData) return { body }
  const headers = { 'content-type': operation.body ?? 'application/json' }
  return body instanceof Blob || body instanceof Uint8Array ? { body, headers, bodySerializer: plain } : { body, headers }
}

function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const present = signals.filter((signal) => signal !== undefined)
  return present.length > 1 ? AbortSignal.any(present) : present[0]
}

/** Reads a body; a connection that breaks in the middle fails like one that never came about. */
async function read<T>(response: Response, body: () => Promise<unknown>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return (await body()) as T
  } catch (cause) {
    signal?.throwIfAborted()
    throw new ConnectionError('the answer could not be read', { cause, status: response.status })
  }
}
