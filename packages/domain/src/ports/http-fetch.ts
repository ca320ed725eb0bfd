/**
 * Fetching from addresses that people name. An implementation never connects to a place that the operator keeps closed,
 * whatever the address looks like and wherever it leads; see `fetch/` for what is closed.
 */
export type FetchTrouble =
  /** The address is not one to fetch from, or the place is closed. Nothing was sent. */
  | 'refused'
  /** The name has no address. */
  | 'unknown-host'
  /** The connection could not be made, or broke. */
  | 'network'
  | 'timeout'
  /** The answer has more bytes than were asked for. */
  | 'too-large'
  | 'too-many-redirects'
  | 'aborted'

export class FetchFailure extends Error {
  readonly trouble: FetchTrouble
  /** The same for libraries that keep nothing else of an error: `FETCH_REFUSED` and the like. */
  readonly code: string

  constructor(trouble: FetchTrouble, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'FetchFailure'
    this.trouble = trouble
    this.code = `FETCH_${trouble.replaceAll('-', '_').toUpperCase()}`
  }
}

export interface FetchRequest {
  readonly url: string
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** With 0 a redirect is the answer; otherwise it is followed, each step checked like the first. */
  readonly maxRedirects?: number
  /** For everything, from the look-up of the name to the last byte of the answer. */
  readonly timeoutMs?: number
  readonly connectTimeoutMs?: number
  /**
   * For the head of an answer, and for each stretch of waiting for its body: in that time something has to come. Without it only
   * the time for everything is limited. Time in which the body is not read does not count.
   */
  readonly idleTimeoutMs?: number
  /** How much has to come in such a stretch; one byte when nothing is said. */
  readonly leastBytesPerSecond?: number
  readonly maxBytes?: number
  readonly signal?: AbortSignal
  /** `host:port` of places that are open to the instance this is for, although they are closed to others. */
  readonly open?: readonly string[]
}

export interface FetchAnswer {
  /** Where the answer came from, after redirects. */
  readonly url: string
  readonly status: number
  /** By names in lower case. Values are read as UTF-8 where they are that. */
  readonly headers: Readonly<Record<string, string>>
  /** To be read once, to its end or not at all. Fails with FetchFailure. The bytes are as sent, never unpacked. */
  readonly body: AsyncIterable<Uint8Array>
  /** Closes the connection; to be called when the body is not wanted. Harmless after the end. */
  discard(): void
}

export interface HttpFetch {
  /** Answers whatever the status; fails with FetchFailure only. */
  fetch(request: FetchRequest): Promise<FetchAnswer>
  /** Fails when the address can be refused without looking up its name; `open` as in a request. */
  check(url: string, open?: readonly string[]): void
  /**
   * Looks the name up as well, and sends nothing. Fails with FetchFailure: `refused` when nothing would be fetched from there,
   * otherwise when that could not be found out.
   */
  checkPlace(place: Pick<FetchRequest, 'url' | 'open' | 'timeoutMs' | 'signal'>): Promise<void>
}
