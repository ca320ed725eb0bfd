/**
 * Where the bytes of files lie. One store is one storage location: a folder, a bucket, a container. Keys are made by the
 * server, are never reused and hold nothing a person has typed; what is stored under a key never changes.
 *
 * Promises of every implementation, proven by one conformance suite:
 * - Nothing half-written is visible. A `put` that fails, is aborted or dies with the process leaves no object under its key;
 *   what the store itself may keep of it (parts, temporary files) is removed by `tidy`.
 * - Bodies are streams, in both directions; memory does not grow with the size of an object.
 * - Failures are `BlobFailure`s. Only what is safe to repeat is repeated inside: reading and removing, and parts of a `put`
 *   that are still at hand, never a body that has been read.
 */
import type { Readable } from 'node:stream'

export type BlobTrouble =
  /** There is no object under the key. */
  | 'not-found'
  /** The store cannot be reached, answers with a failure of its own, or took too long. Later it may work. */
  | 'unavailable'
  /** The store refuses these credentials, or this to them. */
  | 'denied'
  /** The settings of the location make no sense to the store: no such bucket, a folder that is none. */
  | 'misconfigured'
  /** The bytes are not those that were promised: another length, another checksum. Nothing has been stored. */
  | 'corrupt'
  /** No space or quota left, or larger than the store takes. */
  | 'full'
  | 'aborted'

export class BlobFailure extends Error {
  readonly trouble: BlobTrouble

  constructor(trouble: BlobTrouble, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'BlobFailure'
    this.trouble = trouble
  }

  /** Whether the same may work at another time. */
  get retryable(): boolean {
    return this.trouble === 'unavailable'
  }
}

/** Bytes from `start` on, counted from 0; `length` of them, which are all within the object. */
export interface BlobRange {
  readonly start: number
  readonly length: number
}

export interface BlobFacts {
  readonly key: string
  readonly sizeBytes: number
  readonly modifiedAt: Date | null
}

export interface PutOptions {
  /** How many bytes will come, if that is known. Another number of them is `corrupt`. */
  readonly sizeBytes?: number
  /** SHA-256 in hex that the bytes have to have, if that is known. Others are `corrupt`. */
  readonly sha256?: string
  readonly contentType?: string
  readonly signal?: AbortSignal
}

export interface StoredBlob {
  readonly sizeBytes: number
  /** Hex, of the bytes as they were handed over. */
  readonly sha256: string
}

export interface SignedUrlOptions {
  readonly expiresSeconds: number
  readonly contentType: string
  /** The whole header value. */
  readonly contentDisposition: string
}

/** A stream whose chunks are nobody else's: whoever is done with one may give its memory back before it is collected. */
export interface GivingStream extends Readable {
  readonly givesChunks: true
}
export const givesChunks = (stream: Readable): stream is GivingStream => (stream as Partial<GivingStream>).givesChunks === true

export interface BlobStore {
  /** Whether `signedUrl` can answer one. */
  readonly signsUrls: boolean
  /**
   * Stores a body that is read once and ends or fails. Size and checksum are counted on the way and compared with what the
   * store says it has. A body that fails makes this fail with the body's own error.
   */
  put(key: string, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredBlob>
  /** Fails with `not-found` before the stream exists; what breaks later, and a length that is not as told, destroys the stream with a BlobFailure. */
  get(key: string, options?: { readonly range?: BlobRange; readonly signal?: AbortSignal }): Promise<Readable>
  /** Null when there is none. */
  head(key: string): Promise<BlobFacts | null>
  /** Those that are gone already are no failure. */
  remove(keys: readonly string[]): Promise<void>
  /** Everything whose key begins so, in the order of UTF-8 bytes, behind `after` if given. */
  list(prefix: string, options?: { readonly after?: string; readonly signal?: AbortSignal }): AsyncIterable<BlobFacts>
  /** An address under which anybody can read the object for a while; only where `signsUrls`. */
  signedUrl(key: string, options: SignedUrlOptions): Promise<string>
  /** Proves that objects can be written, read and removed; only read when the location is read only. Makes a missing bucket or folder where it is allowed to write. */
  check(options: { readonly write: boolean }): Promise<void>
  /** Removes what unfinished writes older than this have left behind. */
  tidy(olderThanMs: number): Promise<void>
  close(): Promise<void>
}

/** Where a store is and how to get in. Secrets are in the clear here, and nowhere else. */
export type BlobStoreSettings =
  | { readonly kind: 'file'; readonly dir: string }
  | {
      readonly kind: 's3'
      readonly bucket: string
      /** Host with an optional port, without a scheme. */
      readonly endpoint: string
      readonly region: string
      readonly accesskey: string
      readonly secretkey: string
      readonly ssl: boolean
      readonly pathstyle: boolean
    }
  | { readonly kind: 'azure'; readonly container: string; readonly connection_string: string }
  | {
      readonly kind: 'azure'
      readonly container: string
      readonly account_name: string
      readonly account_key: string
      readonly endpoint_suffix: string
    }
  | {
      readonly kind: 'swift'
      readonly container: string
      readonly auth_url: string
      readonly username: string
      readonly password: string
      /** For signed addresses; without it there are none. */
      readonly temp_url_key: string | null
    }

export interface BlobStores {
  /** Opens nothing yet: a store that is down shows when it is used. `prefix` comes before every key, unseen from outside. */
  open(settings: BlobStoreSettings, prefix: string): BlobStore
}
