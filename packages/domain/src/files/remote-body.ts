/**
 * The bytes of a file that is somewhere else. Either all of them come, as many as the other server said, or the body fails and
 * says whether asking again can help.
 */
import { DomainError } from '../errors.ts'
import { FetchFailure, type FetchAnswer, type FetchTrouble, type HttpFetch } from '../ports/http-fetch.ts'
import type { RemoteBodies } from '../produce/open-source.ts'
import { RemoteTrouble, type RemoteBody } from './fetch-file.ts'
import { lengthOf, mimeTypeOf, packingOf } from './remote-headers.ts'

export interface RemoteLimits {
  /** Null for no limit. */
  readonly maxBytes: number | null
  readonly signal: AbortSignal
  /** As many bytes as were announced earlier; anything else is a failure. */
  readonly expectedBytes?: number | null
}

/** For everything. With the speed asked for, less would cut off large files of slow servers. */
const TIMEOUT_MS = 12 * 3_600_000
const IDLE_TIMEOUT_MS = 60_000
const LEAST_BYTES_PER_SECOND = 1024
const MOST_REDIRECTS = 5
/** Refusals that pass by themselves. */
const PASSING = new Set([408, 421, 423, 425, 429])
/** A success without the file, or with a part of it. */
const NOT_THE_FILE = new Set([204, 205, 206])
const HOPELESS: ReadonlySet<FetchTrouble> = new Set(['refused', 'too-large', 'too-many-redirects'])

/** Fails with RemoteTrouble, and so does the body; when given up by its signal, both fail with what the client says. */
export const remoteBody =
  (http: HttpFetch) =>
  async (url: string, { maxBytes, signal, expectedBytes = null }: RemoteLimits): Promise<RemoteBody> => {
    const answer = await requested(http, url, { maxBytes, signal })
    try {
      const sizeBytes = judged(answer, { maxBytes, expectedBytes })
      return { body: whole(answer, sizeBytes ?? expectedBytes), sizeBytes, contentType: mimeTypeOf(answer.headers['content-type'] ?? null) }
    } catch (error) {
      answer.discard()
      throw error
    }
  }

/** For files that were left where they are. */
export const leftBodies = (http: HttpFetch): RemoteBodies => ({
  async open({ id, remoteUrl }, signal) {
    const unavailable = (error: unknown) =>
      error instanceof RemoteTrouble ? new DomainError('FileStoreUnavailable', { location: 'remote', file: id }, { cause: error }) : error
    try {
      const { body } = await remoteBody(http)(remoteUrl ?? '', { maxBytes: null, signal })
      return failingWith(unavailable, body)
    } catch (error) {
      throw unavailable(error)
    }
  },
})

async function* failingWith(failure: (error: unknown) => unknown, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw failure(error)
  }
}

async function requested(http: HttpFetch, url: string, { maxBytes, signal }: RemoteLimits): Promise<FetchAnswer> {
  try {
    return await http.fetch({
      url,
      maxRedirects: MOST_REDIRECTS,
      timeoutMs: TIMEOUT_MS,
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      leastBytesPerSecond: LEAST_BYTES_PER_SECOND,
      maxBytes: maxBytes ?? Number.MAX_SAFE_INTEGER,
      signal,
    })
  } catch (error) {
    throw troubleOf(error)
  }
}

/** How many bytes the answer says it has, once it may be read. */
function judged({ status, headers }: FetchAnswer, { maxBytes, expectedBytes }: Required<Omit<RemoteLimits, 'signal'>>): number | null {
  if (status < 200 || status > 299 || NOT_THE_FILE.has(status))
    throw new RemoteTrouble(`the server there answered ${status}`, { hopeless: status < 500 && !PASSING.has(status) })
  const packing = packingOf(headers)
  // Kept as it is, it would be another file than the one its name and type tell of.
  if (packing !== null) throw new RemoteTrouble(`the server there packs the file (${packing}) although it is asked not to`, { hopeless: true })
  const sizeBytes = lengthOf(headers)
  if (sizeBytes === 0) throw new RemoteTrouble('the file is empty', { hopeless: true })
  if (sizeBytes !== null && maxBytes !== null && sizeBytes > maxBytes)
    throw new RemoteTrouble(`the file has ${sizeBytes} bytes, and at most ${maxBytes} are taken`, { hopeless: true })
  if (sizeBytes !== null && expectedBytes !== null && sizeBytes !== expectedBytes)
    throw new RemoteTrouble(`the file has ${sizeBytes} bytes, and ${expectedBytes} were announced`, { hopeless: true })
  return sizeBytes
}

/** A body that nobody begins to read keeps no connection open. */
function whole(answer: FetchAnswer, announced: number | null): AsyncIterable<Uint8Array> {
  const unread = setTimeout(() => answer.discard(), IDLE_TIMEOUT_MS)
  return counted(answer, announced, () => clearTimeout(unread))
}

async function* counted({ body }: FetchAnswer, announced: number | null, begin: () => void): AsyncGenerator<Uint8Array> {
  let seen = 0
  begin()
  try {
    for await (const chunk of body) {
      seen += chunk.byteLength
      if (announced !== null && seen > announced) break
      yield chunk
    }
  } catch (error) {
    throw troubleOf(error)
  }
  if (seen === 0) throw new RemoteTrouble('the file is empty', { hopeless: true })
  if (announced !== null && seen !== announced)
    throw new RemoteTrouble(`${seen > announced ? 'more' : 'fewer'} bytes came than the ${announced} that were announced`, { hopeless: false })
}

function troubleOf(error: unknown): unknown {
  if (!(error instanceof FetchFailure) || error.trouble === 'aborted') return error
  return new RemoteTrouble(error.message, { hopeless: HOPELESS.has(error.trouble), cause: error })
}
