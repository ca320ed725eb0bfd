/** Objects in a container of Azure's blob store. */
import { Readable } from 'node:stream'
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
import { AzureConnection, type AzureSettings } from './azure-client.ts'
import { inOrderOfBytes } from './azure-order.ts'
import { upload } from './azure-upload.ts'
import { storing } from './counted-body.ts'
import { delivered } from './delivery.ts'
import { networkFailure, PATIENCE, type Agents, type Patience } from './http.ts'
import { compareKeys, wholeKey } from './keys.ts'
import { inParallel, type PartLimits } from './parts.ts'
import { probe } from './probe.ts'
import { goneAlready, nothingOf } from './remote.ts'

export interface AzureBlobStoreOptions {
  readonly settings: AzureSettings
  readonly agents: Agents
  readonly prefix?: string
  readonly patience?: Patience
  readonly parts?: PartLimits
  /** Keys in a page of a listing. */
  readonly pageSize?: number
}

const MEBIBYTE = 1024 * 1024
const PARTS: PartLimits = { partBytes: 8 * MEBIBYTE, maxPartBytes: 64 * MEBIBYTE, maxParts: 50_000, parallel: 2 }
const PAGE_SIZE = 5000
const REMOVALS_AT_A_TIME = 8

export class AzureBlobStore implements BlobStore {
  readonly signsUrls: boolean
  readonly #prefix: string
  readonly #patience: Patience
  readonly #parts: PartLimits
  readonly #pageSize: number
  readonly #connection: AzureConnection

  constructor({ settings, agents, prefix = '', patience = PATIENCE, parts = PARTS, pageSize = PAGE_SIZE }: AzureBlobStoreOptions) {
    // A connection string may hold a signature of somebody else instead, which must not be given away.
    this.signsUrls = !('connection_string' in settings) || /(^|;)\s*(AccountKey=.|UseDevelopmentStorage=true)/i.test(settings.connection_string)
    this.#prefix = prefix
    this.#patience = patience
    this.#parts = parts
    this.#pageSize = pageSize
    this.#connection = new AzureConnection(settings, agents, patience)
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredBlob> {
    return storing(body, { ...options, failure: networkFailure }, async (counted) => {
      const { signal, sizeBytes, contentType = 'application/octet-stream' } = options
      const target = { connection: this.#connection, key: wholeKey(this.#prefix, key), contentType, patience: this.#patience, signal }
      await upload(target, counted, this.#parts, sizeBytes)
    })
  }

  async get(key: string, { range, signal }: { readonly range?: BlobRange; readonly signal?: AbortSignal } = {}): Promise<Readable> {
    const whole = wholeKey(this.#prefix, key)
    if (range?.length === 0) return nothingOf(this, key, range.start, signal)
    const answer = await this.#connection
      .ask(
        (client, abortSignal) =>
          // Reading on after a break would go on with bytes that nobody has looked at.
          client.getBlobClient(whole).download(range?.start ?? 0, range?.length, { abortSignal, maxRetryRequests: 0 }),
        { signal },
      )
      .catch((error: unknown) => this.#orMissing(error))
    if (!answer) throw new BlobFailure('not-found', `there is no object ${key}`)
    const { contentLength: sizeBytes, readableStreamBody } = answer
    if (!(readableStreamBody instanceof Readable)) throw new BlobFailure('unavailable', 'the store answers without a body')
    readableStreamBody.on('error', () => undefined)
    if (sizeBytes === undefined || (range && sizeBytes !== range.length)) {
      readableStreamBody.destroy()
      throw new BlobFailure('corrupt', `the store has ${sizeBytes} bytes where ${range?.length} were asked for`)
    }
    return delivered(readableStreamBody, { sizeBytes, stallMs: this.#patience.stallMs, signal, failure: networkFailure })
  }

  async head(key: string): Promise<BlobFacts | null> {
    const whole = wholeKey(this.#prefix, key)
    const found = await this.#connection
      .ask((client, abortSignal) => client.getBlobClient(whole).getProperties({ abortSignal }))
      .catch((error: unknown) => this.#orMissing(error))
    if (!found) return null
    if (found.contentLength === undefined) throw new BlobFailure('corrupt', 'the store does not tell how long the object is')
    return { key, sizeBytes: found.contentLength, modifiedAt: found.lastModified ?? null }
  }

  /** What is missing may be the container; then it is the location that is wrong, and not the object. */
  async #orMissing(error: unknown): Promise<null> {
    goneAlready(error)
    await this.#mustBeThere()
    return null
  }

  async #mustBeThere(): Promise<void> {
    const found = await this.#connection.ask((client, abortSignal) => client.getProperties({ abortSignal })).catch(goneAlready)
    if (!found) throw new BlobFailure('misconfigured', 'there is no such container')
  }

  async remove(keys: readonly string[]): Promise<void> {
    const wholes = keys.map((key) => wholeKey(this.#prefix, key))
    await inParallel(wholes, REMOVALS_AT_A_TIME, async (whole, _, signal) => {
      await this.#connection
        .ask((client, abortSignal) => client.getBlobClient(whole).delete({ abortSignal, deleteSnapshots: 'include' }), { signal })
        .catch(goneAlready)
    })
  }

  async *list(prefix: string, { after = '', signal }: { readonly after?: string; readonly signal?: AbortSignal } = {}): AsyncGenerator<BlobFacts> {
    // The store cannot begin behind a key, so what comes before is listed and left out.
    let last = after
    for await (const facts of inOrderOfBytes(this.#listed(this.#prefix + prefix, signal))) {
      if (signal?.aborted) throw abortFailure(signal)
      if (after !== '' && compareKeys(facts.key, after) <= 0) continue
      if (last !== '' && compareKeys(facts.key, last) <= 0) throw new BlobFailure('corrupt', 'the store does not list objects in their order')
      last = facts.key
      yield facts
    }
    if (signal?.aborted) throw abortFailure(signal)
  }

  async *#listed(prefix: string, signal: AbortSignal | undefined): AsyncGenerator<BlobFacts> {
    let token: string | undefined
    do {
      const page = await this.#page(prefix, token, signal)
      for (const { name, properties } of page.segment.blobItems) {
        if (!name.startsWith(prefix)) throw new BlobFailure('corrupt', 'the store lists objects that were not asked for')
        if (properties.contentLength === undefined) throw new BlobFailure('corrupt', 'the store lists an object without a size')
        yield { key: name.slice(this.#prefix.length), sizeBytes: properties.contentLength, modifiedAt: properties.lastModified ?? null }
      }
      const next = page.continuationToken || undefined
      if (next !== undefined && next === token) throw new BlobFailure('corrupt', 'the store lists the same objects again')
      token = next
    } while (token !== undefined)
  }

  #page(prefix: string, continuationToken: string | undefined, signal: AbortSignal | undefined) {
    const place = { maxPageSize: this.#pageSize, ...(continuationToken === undefined ? {} : { continuationToken }) }
    return this.#connection.ask(
      async (client, abortSignal) => {
        const { value, done } = await client.listBlobsFlat({ prefix, abortSignal }).byPage(place).next()
        if (done) throw new BlobFailure('unavailable', 'the store answers no page')
        return value
      },
      { signal },
    )
  }

  async signedUrl(key: string, { expiresSeconds, contentType, contentDisposition }: SignedUrlOptions): Promise<string> {
    const whole = wholeKey(this.#prefix, key)
    if (!this.signsUrls) throw new BlobFailure('misconfigured', 'there is no key to sign addresses with')
    const { BlobSASPermissions } = await import('@azure/storage-blob')
    const expiresOn = new Date(Date.now() + expiresSeconds * 1000)
    const options = { permissions: BlobSASPermissions.parse('r'), expiresOn, contentType, contentDisposition }
    return this.#connection.ask((client) => client.getBlobClient(whole).generateSasUrl(options))
  }

  async check({ write }: { readonly write: boolean }): Promise<void> {
    if (!write) return this.#mustBeThere()
    const found = await this.#connection.ask((client, abortSignal) => client.getProperties({ abortSignal })).catch(notThere)
    // Somebody else may have made it meanwhile; what follows tells.
    if (!found) await this.#connection.ask((client, abortSignal) => client.create({ abortSignal })).catch(() => this.#mustBeThere())
    await probe(this)
  }

  /** The store itself forgets the blocks of unfinished writes, and lets nobody remove them without showing an object for a moment. */
  async tidy(): Promise<void> {}

  async close(): Promise<void> {}
}

/** A container that is not there is one that may be made. */
function notThere(error: unknown): null {
  if (error instanceof BlobFailure && error.trouble === 'misconfigured') return null
  return goneAlready(error)
}
