/** Files inside an archive: what a folder in it holds, or one file out of it. */
import type { Readable } from 'node:stream'
import { fail } from '../errors.ts'
import type { OpenLocations } from '../locations/open-locations.ts'
import { bytesLost } from '../locations/open-locations.ts'
import { ArchiveFailure, type ArchiveEntry, type Archives, type RandomBytes } from '../ports/archives.ts'
import { baseName, placeOf, type StoredFile } from './file.ts'

export interface ArchiveListing {
  readonly kind: 'folder'
  readonly entries: readonly {
    readonly name: string
    readonly path: string
    readonly size?: number
    readonly mod_time?: string
    readonly is_dir: boolean
  }[]
}
export interface ArchiveFile {
  readonly kind: 'file'
  readonly name: string
  readonly entry: ArchiveEntry
  readonly body: Readable
}

export class ArchiveFiles {
  readonly #archives: Archives
  readonly #locations: OpenLocations

  constructor(archives: Archives, locations: OpenLocations) {
    this.#archives = archives
    this.#locations = locations
  }

  /** `path` is a folder when it is empty or ends with a slash. Fails with ServerGeneric when there is no such thing in it. */
  async look(file: StoredFile, path: string): Promise<ArchiveListing | ArchiveFile> {
    const bytes = await this.#bytesOf(file)
    try {
      return path === '' || path.endsWith('/') ? await this.#folder(bytes, path) : await this.#file(bytes, path)
    } catch (error) {
      if (error instanceof ArchiveFailure) return fail('ServerGeneric', { msg: error.message }, { cause: error })
      return bytesLost(error, file.id, file.locationId ?? 0)
    }
  }

  async #folder(bytes: RandomBytes, folder: string): Promise<ArchiveListing> {
    const found = new Map<string, ArchiveListing['entries'][number]>()
    let exists = folder === ''
    for await (const entry of this.#archives.entries(bytes)) {
      if (!entry.path.startsWith(folder)) continue
      exists = true
      const [first = '', ...below] = entry.path.slice(folder.length).split('/')
      if (first === '') continue
      // Many archives do not name their folders, only what is in them.
      if (below.length > 0) found.set(`${first}/`, { name: first, path: `${folder}${first}/`, is_dir: true })
      else
        found.set(first, {
          name: first,
          path: entry.path,
          size: entry.sizeBytes,
          ...(entry.modifiedAt && { mod_time: entry.modifiedAt.toISOString() }),
          is_dir: false,
        })
    }
    return exists ? { kind: 'folder', entries: [...found.values()] } : missing(folder)
  }

  async #file(bytes: RandomBytes, path: string): Promise<ArchiveFile> {
    const opened = (await this.#archives.open(bytes, path)) ?? missing(path)
    return { kind: 'file', name: baseName(path), ...opened }
  }

  async #bytesOf(file: StoredFile): Promise<RandomBytes> {
    const place = placeOf(file)
    if (!place) return fail('ServerGeneric', { msg: 'the archive is not kept here, so it cannot be looked into' })
    const { store } = await this.#locations.byId(place.locationId)
    return { sizeBytes: file.sizeBytes ?? 0, read: (range) => store.get(place.storageKey, { range }) }
  }
}

const missing = (path: string): never => fail('ServerGeneric', { msg: `the archive has no ${path}` })
