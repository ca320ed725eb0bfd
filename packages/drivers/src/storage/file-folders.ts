/**
 * The folder of a store: proves that it is there and ours before its silence is taken for an answer, keeps symbolic links inside
 * it from leading elsewhere, and makes folders that are still there after the power has failed.
 *
 * A folder in which a disk should be mounted is there and empty when it is not. Then every object would seem lost, and new ones
 * would fill the wrong disk. So only `prepare` makes the hidden folder for what is being written, and without it nothing is
 * written, and nothing in an empty folder is "not found".
 */
import { readlinkSync } from 'node:fs'
import { mkdir, open, opendir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { codeOf, orMissing } from './file-failures.ts'

/** On the same file system as the objects, so that a file gets its place in one step. */
export const INCOMING = '.incoming'
const FOLDER_MODE = 0o750
/** Folders of which is remembered that they will last; after so many it is found out again. */
const MAX_REMEMBERED = 10_000

export class StoreFolder {
  readonly #dir: string
  readonly #within: readonly string[] | undefined
  readonly #lasting = new Set<string>()
  #root: string | null = null

  constructor(dir: string, within?: readonly string[]) {
    this.#dir = path.resolve(dir)
    this.#within = within?.map((folder) => path.resolve(folder))
  }

  /** The folder without symbolic links, which may lead to it but not out of it. */
  async root(): Promise<string> {
    if (this.#root !== null) return this.#root
    const root = (await orMissing(realpath(this.#dir))) ?? this.#missing('does not exist')
    await this.#demandWithin(root)
    return (this.#root = root)
  }

  /** Fails with `misconfigured` unless the folder is there, and holds something or was prepared. */
  async mustBeThere(): Promise<string> {
    const root = await this.root()
    const facts = await orMissing(stat(root))
    if (!facts) return this.#missing('does not exist')
    if (!facts.isDirectory()) return this.#missing('is not a folder')
    const entries = await opendir(root)
    try {
      if (!(await entries.read())) return this.#missing('is empty and was never prepared; is a disk missing there?')
    } finally {
      await entries.close()
    }
    return root
  }

  /** Makes what is missing of the folder, and of what is needed to write into it. */
  async prepare(): Promise<void> {
    // What has to be made is made below the first folder that is there, and that one may be a link.
    await this.#demandWithin(await this.#nearest(this.#dir))
    const first = await this.#made(this.#dir)
    const root = await this.root()
    await this.#made(path.join(root, INCOMING))
    await syncFolder(root)
    for (let made = first === undefined ? '' : this.#dir; made.startsWith(first ?? '/'); made = path.dirname(made))
      await syncFolder(path.dirname(made))
  }

  /** The folder for what is being written, which has to be there. */
  async incoming(): Promise<string> {
    const dir = path.join(await this.root(), INCOMING)
    if (!(await this.leadsInside(dir))) return this.#missing('was never prepared for writing; is a disk missing there?')
    return dir
  }

  /** False when it does not exist; fails with `denied` when it is reached through a symbolic link. */
  async leadsInside(dir: string): Promise<boolean> {
    const real = await orMissing(realpath(dir))
    if (real !== null && real !== dir)
      throw new BlobFailure('denied', `a symbolic link leads out of the store at ${path.relative(await this.root(), dir)}`)
    return real !== null
  }

  /**
   * Fails with `denied` unless an open file is the one that lies there, reached through no symbolic link. Linux tells where an open
   * file lies; elsewhere, and where it is not told so plainly, its folder is looked at.
   */
  async demandInside(fd: number, file: string): Promise<void> {
    if (placeOf(fd) !== file) await this.leadsInside(path.dirname(file))
  }

  /**
   * Makes a folder inside and those above it, all of them in such a way that they last. One that exists may have been made by
   * somebody who has not come so far, so each is written down once by everybody who relies on it.
   */
  async make(dir: string): Promise<void> {
    const exists = await this.leadsInside(dir)
    if (exists && this.#lasting.has(dir)) return
    if (!exists) await mkdir(dir, { recursive: true, mode: FOLDER_MODE })
    // Who may make links here meanwhile may write everywhere here anyway; this is for links that were forgotten.
    if (!exists) await this.leadsInside(dir)
    const root = await this.root()
    for (let child = dir; child !== root; child = path.dirname(child)) {
      if (exists && this.#lasting.has(child)) break
      await syncFolder(path.dirname(child))
      if (this.#lasting.size >= MAX_REMEMBERED) this.#lasting.clear()
      this.#lasting.add(child)
    }
  }

  /** Without symbolic links, and with the folders that are still to be made. */
  async #nearest(dir: string): Promise<string> {
    const real = await orMissing(realpath(dir))
    return real ?? path.join(await this.#nearest(path.dirname(dir)), path.basename(dir))
  }

  /** Fails with `denied` unless the folder lies where folders may lie, which themselves may be links. */
  async #demandWithin(folder: string): Promise<void> {
    if (this.#within === undefined) return
    for (const outer of this.#within) {
      const root = await this.#nearest(outer)
      if (folder === root || folder.startsWith(root.endsWith(path.sep) ? root : root + path.sep)) return
    }
    throw new BlobFailure('denied', `the folder ${this.#dir} does not lie in a folder that is open for files`)
  }

  async #made(dir: string): Promise<string | undefined> {
    try {
      return await mkdir(dir, { recursive: true, mode: FOLDER_MODE })
    } catch (error) {
      if (['EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? '')) return this.#missing('is not a folder')
      throw error
    }
  }

  #missing(what: string): never {
    throw new BlobFailure('misconfigured', `the folder ${this.#dir} ${what}`)
  }
}

/** Null where the system does not tell. Takes no time: it is kept in memory for every open file. */
function placeOf(fd: number): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return null
  }
}

/** Has the entries of a folder written to the disk, where the file system knows of that. */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EBADF'].includes(codeOf(error) ?? '')) throw error
  } finally {
    await handle.close()
  }
}
