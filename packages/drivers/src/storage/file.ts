/**
 * Objects as files in a folder. A file is written under a name of its own in a hidden folder, written down to the disk, and only
 * then gets its place in one step; so what is visible is whole, and what was answered is still there after the power has failed.
 *
 * No key may be the folder of another. Keys that differ only in case are one where the file system thinks so.
 */
import { randomUUID } from 'node:crypto'
import { constants, fstatSync } from 'node:fs'
import { lstat, open, opendir, rename, unlink } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { BlobFailure, type BlobFacts, type BlobRange, type BlobStore, type PutOptions, type StoredBlob } from '@vitrine/domain/ports/blob-store'
import { abortFailure } from './abort.ts'
import { storing } from './counted-body.ts'
import { fileFailure, orMissing } from './file-failures.ts'
import { INCOMING, StoreFolder, syncFolder } from './file-folders.ts'
import { inGroups, objectsIn } from './file-listing.ts'
import { pathOfKey } from './file-names.ts'
import { FileReading, readAtOnce } from './file-reading.ts'
import { writeFresh } from './file-writing.ts'
import { wholeKey } from './keys.ts'
import { probe } from './probe.ts'

export interface FileBlobStoreOptions {
  readonly dir: string
  /** Folders that it has to lie in, whatever symbolic links say; anywhere without this. */
  readonly within?: readonly string[]
  readonly prefix?: string
  /** Read at once. */
  readonly readBytes?: number
  /** Written at once; twice this is held in memory. */
  readonly writeBytes?: number
  /** Written down to the disk at once, while more comes. */
  readonly syncBytes?: number
}

const KIBIBYTE = 1024
/** Files that are asked about or removed at a time. */
const AT_ONCE = 16
/** Where a device or a pipe has got into the folder, opening must not wait for somebody at its other end. */
const FOR_READING = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

export class FileBlobStore implements BlobStore {
  readonly signsUrls = false
  readonly #folder: StoreFolder
  readonly #prefix: string
  readonly #readBytes: number
  readonly #sizes: { readonly groupBytes: number; readonly syncBytes: number }

  constructor({
    dir,
    within,
    prefix = '',
    readBytes = 512 * KIBIBYTE,
    writeBytes = 1024 * KIBIBYTE,
    syncBytes = 16_384 * KIBIBYTE,
  }: FileBlobStoreOptions) {
    this.#folder = new StoreFolder(dir, within)
    this.#prefix = prefix
    this.#readBytes = readBytes
    this.#sizes = { groupBytes: writeBytes, syncBytes }
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredBlob> {
    return storing(body, { ...options, failure: fileFailure }, async (counted) => {
      const relative = pathOfKey(wholeKey(this.#prefix, key))
      const fresh = path.join(await this.#folder.incoming(), randomUUID())
      try {
        await writeFresh(fresh, counted, this.#sizes)
        await this.#place(fresh, path.join(await this.#folder.root(), relative), options.signal)
      } catch (error) {
        // It may not exist at all; and what cannot be removed now is removed by tidying.
        await unlink(fresh).catch(() => undefined)
        throw error
      }
    })
  }

  async get(key: string, { range, signal }: { readonly range?: BlobRange; readonly signal?: AbortSignal } = {}): Promise<Readable> {
    return this.#told(async () => {
      const file = path.join(await this.#folder.root(), pathOfKey(wholeKey(this.#prefix, key)))
      if (signal?.aborted) throw abortFailure(signal)
      const handle = await orMissing(open(file, FOR_READING))
      if (!handle) return this.#notFound(key)
      try {
        await this.#folder.demandInside(handle.fd, file)
        // The system has these at hand once a file is open; asking for them in another thread would cost more than the answer.
        const facts = fstatSync(handle.fd)
        if (!facts.isFile()) return await this.#notFound(key)
        const { start, length } = range ?? { start: 0, length: facts.size }
        if (start + length > facts.size) throw new BlobFailure('corrupt', `${key} has ${facts.size} bytes, not ${start + length}`)
        if (signal?.aborted) throw abortFailure(signal)
        const reading = { handle, start, length, chunkBytes: this.#readBytes, signal }
        return length <= this.#readBytes ? await readAtOnce(reading) : new FileReading(reading)
      } catch (error) {
        await handle.close()
        throw error
      }
    })
  }

  async head(key: string): Promise<BlobFacts | null> {
    return this.#told(async () => {
      const file = await this.#fileOf(wholeKey(this.#prefix, key))
      const facts = file === null ? null : await factsOf(file, key)
      if (!facts) await this.#folder.mustBeThere()
      return facts
    })
  }

  async remove(keys: readonly string[]): Promise<void> {
    return this.#told(async () => {
      const wholes = keys.map((key) => wholeKey(this.#prefix, key))
      let missing = false
      for (let at = 0; at < wholes.length; at += AT_ONCE)
        for (const removed of await Promise.all(wholes.slice(at, at + AT_ONCE).map((whole) => this.#remove(whole)))) missing ||= !removed
      // What is gone already is no failure; a folder that is gone is one.
      if (missing) await this.#folder.mustBeThere()
    })
  }

  async *list(prefix: string, { after, signal }: { readonly after?: string; readonly signal?: AbortSignal } = {}): AsyncGenerator<BlobFacts> {
    const goesOn = () => {
      if (signal?.aborted) throw abortFailure(signal)
    }
    try {
      goesOn()
      const root = await this.#folder.mustBeThere()
      const behind = after === undefined || after === '' ? '' : this.#prefix + after
      const listing = { root, prefix: Buffer.from(this.#prefix + prefix), after: Buffer.from(behind) }
      for await (const group of inGroups(objectsIn(listing), AT_ONCE))
        for (const facts of await Promise.all(group.map(({ key, file }) => factsOf(file, key.slice(this.#prefix.length))))) {
          goesOn()
          if (facts) yield facts
        }
      goesOn()
    } catch (error) {
      throw fileFailure(error)
    }
  }

  async signedUrl(): Promise<string> {
    throw new BlobFailure('misconfigured', 'there are no addresses of files in a folder')
  }

  async check({ write }: { readonly write: boolean }): Promise<void> {
    return this.#told(async () => {
      if (write) {
        await this.#folder.prepare()
        await probe(this)
      } else await this.#folder.mustBeThere()
    })
  }

  async tidy(olderThanMs: number): Promise<void> {
    return this.#told(async () => {
      const dir = path.join(await this.#folder.mustBeThere(), INCOMING)
      // A folder that is only read has none.
      if (!(await this.#folder.leadsInside(dir))) return
      const before = Date.now() - olderThanMs
      for await (const entry of await opendir(dir)) {
        const file = path.join(dir, entry.name)
        const facts = entry.isFile() ? await orMissing(lstat(file)) : null
        if (facts && facts.mtimeMs <= before) await orMissing(unlink(file))
      }
    })
  }

  async close(): Promise<void> {}

  /** One step makes a whole file visible; from then on it lasts, or is taken away again. */
  async #place(fresh: string, file: string, signal: AbortSignal | undefined): Promise<void> {
    const dir = path.dirname(file)
    await this.#folder.make(dir)
    if (signal?.aborted) throw abortFailure(signal)
    await rename(fresh, file)
    try {
      await syncFolder(dir)
    } catch (error) {
      await unlink(file).catch(() => undefined)
      throw error
    }
  }

  /** False when there was none. */
  async #remove(whole: string): Promise<boolean> {
    const file = await this.#fileOf(whole)
    // Folders, and whatever is not ours, are no objects.
    const facts = file === null ? null : await factsOf(file, whole)
    if (file === null || !facts) return false
    await orMissing(unlink(file))
    return true
  }

  /** Where the object would be; null when not even its folder exists. */
  async #fileOf(whole: string): Promise<string | null> {
    const file = path.join(await this.#folder.root(), pathOfKey(whole))
    return (await this.#folder.leadsInside(path.dirname(file))) ? file : null
  }

  async #notFound(key: string): Promise<never> {
    await this.#folder.mustBeThere()
    throw new BlobFailure('not-found', `there is no object ${key}`)
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw fileFailure(error)
    }
  }
}

/** Null where there is no file of ours: nothing, a folder, a link. */
async function factsOf(file: string, key: string): Promise<BlobFacts | null> {
  const facts = await orMissing(lstat(file))
  return facts?.isFile() ? { key, sizeBytes: facts.size, modifiedAt: facts.mtime } : null
}
