/**
 * Room for files that programs have to open by their path: one folder for each piece of work, gone when the work ends. What a server
 * that was killed has left is removed when the next one starts in the same place.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { WorkFile, WorkFiles } from '@vitrine/domain/ports/work-files'

const CHUNK_BYTES = 256 * 1024
const NAME = 'file'

export class WorkFolder implements WorkFiles {
  readonly #dir: string
  readonly #own: string

  /** `dir` may be shared with servers that run at the same time. */
  constructor(dir: string) {
    this.#dir = dir
    this.#own = path.join(dir, String(process.pid))
  }

  async withCopy<T>(body: AsyncIterable<Uint8Array>, work: (file: WorkFile) => Promise<T>): Promise<T> {
    return this.withTarget(async (file) => {
      await pipeline(
        Readable.from(body, { objectMode: false, highWaterMark: CHUNK_BYTES }),
        createWriteStream(file.path, { flags: 'wx', mode: 0o600 }),
      )
      return work(file)
    })
  }

  async withTarget<T>(work: (file: WorkFile) => Promise<T>): Promise<T> {
    await mkdir(this.#own, { recursive: true, mode: 0o700 })
    const folder = await mkdtemp(path.join(this.#own, 'work-'))
    try {
      return await work({ path: path.join(folder, NAME) })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  read(file: WorkFile): AsyncIterable<Uint8Array> {
    return createReadStream(file.path, { highWaterMark: CHUNK_BYTES })
  }

  /** Removes what processes have left that are gone. */
  async tidy(): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 })
    for (const name of await readdir(this.#dir))
      if (/^\d+$/.test(name) && (name === String(process.pid) || !isAlive(Number(name))))
        await rm(path.join(this.#dir, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
