/** Objects in a bucket of S3, or of one of the many stores that speak its protocol. */
import type { Readable } from 'node:stream'
import {
  BlobFailure,
  type BlobFacts,
  type BlobRange,
  type BlobStore,
  type PutOptions,
  type SignedUrlOptions,
  type StoredBlob,
} from '@vitrine/domain/ports/blob-store'
import { abortFailure } from './abort.ts'
import { storing } from './counted-body.ts'
import { delivered } from './delivery.ts'
import { announcedBytes, orLetGo, PATIENCE, type Agents, type Patience } from './http.ts'
import { compareKeys, wholeKey } from './keys.ts'
import type { PartLimits } from './parts.ts'
import { probe } from './probe.ts'
import { goneAlready, nothingOf } from './remote.ts'
import { objectsIn, uploadsIn } from './s3-answers.ts'
import { codeFailure, S3Connection, s3Failure, type S3Answer, type S3Settings } from './s3-client.ts'
import { upload } from './s3-upload.ts'

export interface S3BlobStoreOptions {
  readonly settings: S3Settings
  readonly agents: Agents
  readonly prefix?: string
  readonly patience?: Patience
  readonly parts?: PartLimits
  /** Keys in a page of a listing, and in a request to remove some. */
  readonly pageSize?: number
}

const MEBIBYTE = 1024 * 1024
/** Parts of less than 5 MiB are refused, and so are more than 10,000. */
const PARTS: PartLimits = { partBytes: 8 * MEBIBYTE, maxPartBytes: 64 * MEBIBYTE, maxParts: 10_000, parallel: 2 }
const PAGE_SIZE = 1000
/** Signatures are not good for longer. */
const MOST_SECONDS = 7 * 24 * 3600

export class S3BlobStore implements BlobStore {
  readonly signsUrls: boolean
  readonly #bucket: string
  readonly #prefix: string
  readonly #patience: Patience
  readonly #parts: PartLimits
  readonly #pageSize: number
  readonly #connection: S3Connection

  constructor({ settings, agents, prefix = '', patience = PATIENCE, parts = PARTS, pageSize = PAGE_SIZE }: S3BlobStoreOptions) {
    this.signsUrls = settings.accesskey !== '' && settings.secretkey !== ''
    this.#bucket = settings.bucket
    this.#prefix = prefix
    this.#patience = patience
    this.#parts = parts
    this.#pageSize = pageSize
    this.#connection = new S3Connection(settings, agents, patience)
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredBlob> {
    return storing(body, { ...options, failure: s3Failure }, (counted) => {
      const { signal, sizeBytes, contentType = 'application/octet-stream' } = options
      const place = { connection: this.#connection, bucket: this.#bucket, key: wholeKey(this.#prefix, key) }
      return upload({ ...place, headers: { 'Content-Type': contentType }, patience: this.#patience, signal }, counted, this.#parts, sizeBytes)
    })
  }

  async get(key: string, { range, signal }: { readonly range?: BlobRange; readonly signal?: AbortSignal } = {}): Promise<Readable> {
    const whole = wholeKey(this.#prefix, key)
    if (range?.length === 0) return nothingOf(this, key, range.start, signal)
    const answer = await this.#connection
      .ask((client) => (range ? client.getPartialObject(this.#bucket, whole, range.start, range.length) : client.getObject(this.#bucket, whole)), {
        signal,
        streams: true,
      })
      .catch((error: unknown) => this.#orMissing(error))
    if (!answer) throw new BlobFailure('not-found', `there is no object ${key}`)
    return this.#deliver(answer as S3Answer, range, signal)
  }

  #deliver(answer: S3Answer, range: BlobRange | undefined, signal: AbortSignal | undefined): Readable {
    const sizeBytes = orLetGo(answer, () => {
      const announced = announcedBytes(answer)
      if (range && (answer.statusCode !== 206 || announced !== range.length))
        throw new BlobFailure('corrupt', `the store has ${announced} bytes where ${range.length} were asked for`)
      return announced
    })
    return delivered(answer, { sizeBytes, stallMs: this.#patience.stallMs, signal, failure: s3Failure })
  }

  async head(key: string): Promise<BlobFacts | null> {
    const whole = wholeKey(this.#prefix, key)
    const found = await this.#connection.ask((client) => client.statObject(this.#bucket, whole)).catch((error: unknown) => this.#orMissing(error))
    return found && { key, sizeBytes: found.size, modifiedAt: found.lastModified }
  }

  /** What is missing may be the bucket; then it is the location that is wrong, and not the object. */
  async #orMissing(error: unknown): Promise<null> {
    goneAlready(error)
    await this.#mustBeThere()
    return null
  }

  async #mustBeThere(): Promise<void> {
    await this.#connection.ask((client) => client.listObjectsV2Query(this.#bucket, this.#prefix, '', '', 1, ''))
  }

  async remove(keys: readonly string[]): Promise<void> {
    const wholes = keys.map((key) => wholeKey(this.#prefix, key))
    for (let at = 0; at < wholes.length; at += this.#pageSize) await this.#removePage(wholes.slice(at, at + this.#pageSize))
  }

  async #removePage(wholes: readonly string[]): Promise<void> {
    await this.#connection.ask(async (client) => {
      const [single] = wholes
      if (wholes.length === 1 && single !== undefined) return client.removeObject(this.#bucket, single)
      const problems = (await client.removeObjects(this.#bucket, [...wholes])) as readonly { readonly Code?: unknown }[]
      const serious = problems.map(({ Code }) => String(Code)).find((code) => code !== 'NoSuchKey')
      if (serious !== undefined) throw codeFailure(serious)
    })
  }

  async *list(prefix: string, { after = '', signal }: { readonly after?: string; readonly signal?: AbortSignal } = {}): AsyncGenerator<BlobFacts> {
    let token: string | null = ''
    let last = after && this.#prefix + after
    const first = last
    while (token !== null) {
      const query = new Map([
        ...(token ? [['continuation-token', token] as const] : first ? [['start-after', first] as const] : []),
        ['list-type', '2'],
        ['max-keys', String(this.#pageSize)],
        ['encoding-type', 'url'],
        ['prefix', this.#prefix + prefix],
      ])
      const { objects, next } = objectsIn(await this.#ask(query, signal))
      for (const { key: whole, ...facts } of objects) {
        if (signal?.aborted) throw abortFailure(signal)
        if (!whole.startsWith(this.#prefix + prefix) || (last !== '' && compareKeys(whole, last) <= 0))
          throw new BlobFailure('corrupt', 'the store lists objects that were not asked for, or not in their order')
        last = whole
        yield { key: whole.slice(this.#prefix.length), ...facts }
      }
      if (next !== null && objects.length === 0) throw new BlobFailure('corrupt', 'the store tells of more objects and lists none')
      token = next
    }
    if (signal?.aborted) throw abortFailure(signal)
  }

  async signedUrl(key: string, { expiresSeconds, contentType, contentDisposition }: SignedUrlOptions): Promise<string> {
    const whole = wholeKey(this.#prefix, key)
    const headers = { 'response-content-type': contentType, 'response-content-disposition': contentDisposition }
    return this.#connection.ask((client) => client.presignedGetObject(this.#bucket, whole, Math.min(expiresSeconds, MOST_SECONDS), headers))
  }

  async check({ write }: { readonly write: boolean }): Promise<void> {
    if (!write) return this.#mustBeThere()
    if (!(await this.#connection.ask((client) => client.bucketExists(this.#bucket)).catch(goneAlready)))
      // Somebody else may have made it meanwhile; what follows tells.
      await this.#connection.ask((client) => client.makeBucket(this.#bucket, this.#connection.region)).catch(() => this.#mustBeThere())
    await probe(this)
  }

  async tidy(olderThanMs: number): Promise<void> {
    const before = Date.now() - olderThanMs
    let marker: { readonly key: string; readonly uploadId: string } | null = { key: '', uploadId: '' }
    while (marker) {
      const query = new Map([
        ['uploads', ''],
        ['max-uploads', String(this.#pageSize)],
        ['encoding-type', 'url'],
        ['prefix', this.#prefix],
      ])
      if (marker.key) query.set('key-marker', marker.key)
      if (marker.uploadId) query.set('upload-id-marker', marker.uploadId)
      const { uploads, next } = uploadsIn(await this.#ask(query, undefined))
      for (const { key, uploadId, initiatedAt } of uploads)
        if (key.startsWith(this.#prefix) && initiatedAt && initiatedAt.getTime() <= before) await this.#abandon(key, uploadId)
      if (next && next.key === marker.key && next.uploadId === marker.uploadId) return
      marker = next
    }
  }

  async #abandon(whole: string, uploadId: string): Promise<void> {
    await this.#connection.ask((client) => client.abortMultipartUpload(this.#bucket, whole, encodeURIComponent(uploadId))).catch(goneAlready)
  }

  /** The text that the bucket answers to a question. */
  #ask(query: ReadonlyMap<string, string>, signal: AbortSignal | undefined): Promise<string> {
    // The signature is over the sorted parameters.
    const text = [...query].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${encoded(value)}`)
    return this.#connection.ask(
      async (client) => {
        const answer = await client.makeRequestAsync({ method: 'GET', bucketName: this.#bucket, query: text.join('&') })
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk as Buffer)
        return Buffer.concat(chunks).toString()
      },
      { signal },
    )
  }

  async close(): Promise<void> {}
}

const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
