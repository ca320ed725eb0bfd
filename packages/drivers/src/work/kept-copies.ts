/** Copies that are kept as long as there is room; those that nobody has used for longest go first, and never one that is in use. */
import { createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { KeptCopies, Lease } from '@vitrine/domain/ports/work-files'

interface Copy {
  readonly path: string
  readonly made: Promise<number>
  sizeBytes: number
  leases: number
}

export class KeptCopiesFolder implements KeptCopies {
  readonly #dir: string
  readonly #mostBytes: number
  /** In the order of use: the first is the one that was left alone the longest. */
  readonly #copies = new Map<string, Copy>()
  #count = 0

  constructor(dir: string, mostBytes: number) {
    this.#dir = path.join(dir, String(process.pid), 'kept')
    this.#mostBytes = mostBytes
  }

  lease(key: string, load: () => Promise<AsyncIterable<Uint8Array>>): Promise<Lease> {
    return this.leaseMade(key, async (at) =>
      pipeline(Readable.from(await load(), { objectMode: false }), createWriteStream(at, { flags: 'wx', mode: 0o600 })),
    )
  }

  async leaseMade(key: string, make: (path: string) => Promise<void>): Promise<Lease> {
    const copy = this.#copies.get(key) ?? this.#begin(make)
    this.#copies.delete(key)
    this.#copies.set(key, copy)
    copy.leases++
    try {
      copy.sizeBytes = await copy.made
    } catch (error) {
      if (this.#copies.get(key) === copy) this.#copies.delete(key)
      throw error
    }
    this.#makeRoom()
    let held = true
    const release = () => {
      if (held) copy.leases--
      held = false
      this.#makeRoom()
    }
    return { path: copy.path, release }
  }

  #begin(make: (path: string) => Promise<void>): Copy {
    const at = path.join(this.#dir, String(++this.#count))
    return { path: at, made: this.#make(at, make), sizeBytes: 0, leases: 0 }
  }

  async #make(at: string, make: (path: string) => Promise<void>): Promise<number> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 })
    try {
      await make(at)
      return (await stat(at)).size
    } catch (error) {
      await rm(at, { force: true })
      throw error
    }
  }

  #makeRoom(): void {
    let sizeBytes = [...this.#copies.values()].reduce((sum, copy) => sum + copy.sizeBytes, 0)
    for (const [key, copy] of this.#copies) {
      if (sizeBytes <= this.#mostBytes) return
      if (copy.leases > 0) continue
      this.#copies.delete(key)
      sizeBytes -= copy.sizeBytes
      // What cannot be removed now goes when the next server starts here.
      void rm(copy.path, { force: true }).catch(() => undefined)
    }
  }
}
