/** Objects in a container of OpenStack Swift. Those that were too large for one request have their segments in a container beside it. */
import type { Readable } from 'node:stream'
import type { IncomingMessage } from 'node:http'
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
import { announcedBytes, networkFailure, orLetGo, PATIENCE, statusFailure, type Agents, type Patience } from './http.ts'
import { compareKeys, wholeKey } from './keys.ts'
import { inParallel } from './parts.ts'
import { probe } from './probe.ts'
import { goneAlready, nothingOf } from './remote.ts'
import { parsed, type SwiftSettings } from './swift-access.ts'
import { SwiftConnection } from './swift-client.ts'
import { temporaryUrl } from './swift-temporary-url.ts'
import { noContainer, REMOVE_WITH_SEGMENTS, UPLOAD_HEADER, upload, type SwiftPartLimits } from './swift-upload.ts'

export interface SwiftBlobStoreOptions {
  readonly settings: SwiftSettings
  readonly agents: Agents
  readonly prefix?: string
  readonly patience?: Patience
  readonly parts?: SwiftPartLimits
  /** Objects in a page of a listing. */
  readonly pageSize?: number
}

const MEBIBYTE = 1024 * 1024
/** Two levels of manifests are enough for 8 TB, whatever the size of the memory. */
const PARTS: SwiftPartLimits = { partBytes: 8 * MEBIBYTE, maxPartBytes: 8 * MEBIBYTE, maxParts: 1_000_000, entries: 1000, parallel: 2 }
const PAGE_SIZE = 1000
const REMOVALS_AT_A_TIME = 8
const URL_KEYS = ['X-Container-Meta-Temp-URL-Key', 'X-Container-Meta-Temp-URL-Key-2'] as const

interface Listed {
  readonly name: string
  readonly bytes: number
  /** In UTC, without saying so. */
  readonly last_modified: string
}

export class SwiftBlobStore implements BlobStore {
  readonly signsUrls: boolean
  readonly #settings: SwiftSettings
  readonly #segments: string
  readonly #prefix: string
  readonly #patience: Patience
  readonly #parts: SwiftPartLimits
  readonly #pageSize: number
  readonly #connection: SwiftConnection

  constructor({ settings, agents, prefix = '', patience = PATIENCE, parts = PARTS, pageSize = PAGE_SIZE }: SwiftBlobStoreOptions) {
    this.signsUrls = settings.temp_url_key !== null
    this.#settings = settings
    this.#segments = `${settings.container}_segments`
    this.#prefix = prefix
    this.#patience = patience
    this.#parts = parts
    this.#pageSize = pageSize
    this.#connection = new SwiftConnection(settings, agents, patience)
  }

  get #container(): string {
    const { container } = this.#settings
    if (container === '' || container.includes('/') || Buffer.byteLength(container) > 240)
      throw new BlobFailure('misconfigured', 'no container can have this name')
    return container
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredBlob> {
    return storing(body, { ...options, failure: networkFailure }, async (counted) => {
      const { signal, sizeBytes, contentType = 'application/octet-stream' } = options
      const place = { container: this.#container, segments: this.#segments, key: wholeKey(this.#prefix, key) }
      await upload({ connection: this.#connection, ...place, contentType, patience: this.#patience, signal }, counted, this.#parts, sizeBytes)
    })
  }

  async get(key: string, { range, signal }: { readonly range?: BlobRange; readonly signal?: AbortSignal } = {}): Promise<Readable> {
    const whole = wholeKey(this.#prefix, key)
    if (range?.length === 0) return nothingOf(this, key, range.start, signal)
    const headers: Record<string, string> = range ? { Range: `bytes=${range.start}-${range.start + range.length - 1}` } : {}
    const message = await this.#connection
      .open({ method: 'GET', container: this.#container, key: whole, headers }, { signal })
      .catch((error: unknown) => this.#orMissing(error))
    if (!message) throw new BlobFailure('not-found', `there is no object ${key}`)
    return this.#deliver(message, range, signal)
  }

  #deliver(message: IncomingMessage, range: BlobRange | undefined, signal: AbortSignal | undefined): Readable {
    const sizeBytes = orLetGo(message, () => {
      const announced = announcedBytes(message)
      if (range && (message.statusCode !== 206 || announced !== range.length))
        throw new BlobFailure('corrupt', `the store has ${announced} bytes where ${range.length} were asked for`)
      return announced
    })
    return delivered(message, { sizeBytes, stallMs: this.#patience.stallMs, signal, failure: networkFailure })
  }

  async head(key: string): Promise<BlobFacts | null> {
    const whole = wholeKey(this.#prefix, key)
    const found = await this.#connection
      .ask({ method: 'HEAD', container: this.#container, key: whole })
      .catch((error: unknown) => this.#orMissing(error))
    if (!found) return null
    const modifiedAt = new Date(String(found.headers['last-modified']))
    return { key, sizeBytes: announcedBytes(found), modifiedAt: Number.isNaN(modifiedAt.getTime()) ? null : modifiedAt }
  }

  /** What is missing may be the container; then it is the location that is wrong, and not the object. */
  async #orMissing(error: unknown): Promise<null> {
    goneAlready(error)
    await this.#mustBeThere()
    return null
  }

  async #mustBeThere(): Promise<void> {
    await this.#connection.ask({ method: 'HEAD', container: this.#container }).catch(noContainer)
  }

  async remove(keys: readonly string[]): Promise<void> {
    const wholes = keys.map((key) => wholeKey(this.#prefix, key))
    let missing = false
    await inParallel(wholes, REMOVALS_AT_A_TIME, async (whole, _, signal) => {
      if (!(await this.#removeOne(whole, signal))) missing = true
    })
    // What is gone already is no failure; a container that is gone is one.
    if (missing) await this.#mustBeThere()
  }

  /** Only Swift knows whether an object has segments, and it removes them only when it is asked to. */
  async #removeOne(key: string, signal: AbortSignal): Promise<boolean> {
    const object = { container: this.#container, key }
    const found = await this.#connection.ask({ method: 'HEAD', ...object }, { signal }).catch(goneAlready)
    if (!found) return false
    if (found.headers['x-static-large-object'] === undefined) {
      await this.#connection.ask({ method: 'DELETE', ...object }, { signal }).catch(goneAlready)
      return true
    }
    const headers = { Accept: 'application/json' }
    const { text } = await this.#connection.ask({ method: 'DELETE', ...object, query: REMOVE_WITH_SEGMENTS, headers }, { signal })
    const report = parsed<{ readonly 'Response Status'?: string; readonly Errors?: readonly unknown[] }>(text)
    const status = Number.parseInt(report['Response Status'] ?? '', 10)
    if (status !== 404 && (status >= 300 || report.Errors?.length)) throw statusFailure(status >= 400 ? status : 500, 'removing parts')
    return true
  }

  async *list(prefix: string, { after = '', signal }: { readonly after?: string; readonly signal?: AbortSignal } = {}): AsyncGenerator<BlobFacts> {
    const listing = { container: this.#container, prefix: this.#prefix + prefix, after: after && this.#prefix + after }
    for await (const { name, bytes, last_modified } of this.#listed(listing, signal)) {
      if (signal?.aborted) throw abortFailure(signal)
      yield { key: name.slice(this.#prefix.length), sizeBytes: bytes, modifiedAt: dateOf(last_modified) }
    }
    if (signal?.aborted) throw abortFailure(signal)
  }

  /** Pages may be short, so only an empty one is the last. */
  async *#listed({ container, prefix, after }: { container: string; prefix: string; after: string }, signal: AbortSignal | undefined) {
    for (let marker = after; ;) {
      const query = { format: 'json', prefix, marker, limit: String(this.#pageSize) }
      const { text } = await this.#connection.ask({ method: 'GET', container, query }, { signal }).catch(noContainer)
      const page = parsed<readonly Listed[]>(text || '[]')
      if (page.length === 0) return
      for (const listed of page) {
        if (!listed.name.startsWith(prefix) || (marker !== '' && compareKeys(listed.name, marker) <= 0))
          throw new BlobFailure('corrupt', 'the store lists objects that were not asked for, or not in their order')
        marker = listed.name
        yield listed
      }
    }
  }

  async signedUrl(key: string, options: SignedUrlOptions): Promise<string> {
    const whole = wholeKey(this.#prefix, key)
    const secret = this.#settings.temp_url_key
    if (secret === null) throw new BlobFailure('misconfigured', 'there is no key to sign addresses with')
    return temporaryUrl({ storageUrl: await this.#connection.storageUrl(), container: this.#container, key: whole, secret, ...options })
  }

  async check({ write }: { readonly write: boolean }): Promise<void> {
    if (!write) return this.#mustBeThere()
    const container = this.#container
    const found = await this.#connection.ask({ method: 'HEAD', container }).catch(goneAlready)
    if (!found) await this.#connection.ask({ method: 'PUT', container })
    await this.#shareUrlKey(found?.headers ?? {})
    await probe(this)
  }

  /** Addresses are good only once the container knows the key; one that somebody else uses is left to them. */
  async #shareUrlKey(headers: Readonly<Record<string, string | string[] | undefined>>): Promise<void> {
    const secret = this.#settings.temp_url_key
    if (secret === null || URL_KEYS.some((name) => headers[name.toLowerCase()] === secret)) return
    const free = URL_KEYS.find((name) => headers[name.toLowerCase()] === undefined) ?? URL_KEYS[1]
    await this.#connection.ask({ method: 'POST', container: this.#container, headers: { [free]: secret } })
  }

  async tidy(olderThanMs: number): Promise<void> {
    const before = Date.now() - olderThanMs
    let [upload, isUsed] = ['', false]
    await this.#mustBeThere()
    const segments = this.#listed({ container: this.#segments, prefix: this.#prefix, after: '' }, undefined)
    try {
      for await (const { name, last_modified } of segments) {
        const modifiedAt = dateOf(last_modified)
        if (!modifiedAt || modifiedAt.getTime() > before) continue
        const folder = name.slice(0, name.lastIndexOf('/'))
        if (folder !== upload) [upload, isUsed] = [folder, await this.#isUsed(folder)]
        if (!isUsed) await this.#connection.ask({ method: 'DELETE', container: this.#segments, key: name }).catch(goneAlready)
      }
    } catch (error) {
      // Where nothing large has been stored yet, there is no container for segments.
      if (!(error instanceof BlobFailure) || error.trouble !== 'misconfigured') throw error
    }
  }

  /** Whether the object is made of this upload. */
  async #isUsed(folder: string): Promise<boolean> {
    const at = folder.lastIndexOf('/')
    const found = await this.#connection.ask({ method: 'HEAD', container: this.#container, key: folder.slice(0, at) }).catch(goneAlready)
    return found?.headers[UPLOAD_HEADER.toLowerCase()] === folder.slice(at + 1)
  }

  async close(): Promise<void> {}
}

function dateOf(text: string): Date | null {
  const date = new Date(`${text}Z`)
  return Number.isNaN(date.getTime()) ? null : date
}
