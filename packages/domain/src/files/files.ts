/** Files as somebody may see them: found, judged by rights, and described. */
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { describe, type FileDocument, type FileFormat } from './descriptor.ts'
import { EVERYTHING, type FileRight, type FileRights } from './file-rights.ts'
import { isOriginal, type StoredFile } from './file.ts'
import type { FileLink, FileStore } from './file-store.ts'
import { FileUrls, type FileUrlOptions } from './file-urls.ts'
import type { FileLook, FileWish } from './file-look.ts'
import type { FileSignatures } from './signature.ts'

export interface FileViewPorts {
  readonly store: FileStore
  readonly rights: FileRights
  readonly signatures: FileSignatures
  readonly users: UploaderNames
  /** Whether the configuration manages a version by rights. */
  readonly managed: () => Promise<(file: StoredFile) => boolean>
}

export interface UploaderNames {
  /** Short documents of people, by id; those who are gone are left out. */
  short(ids: readonly number[]): Promise<ReadonlyMap<number, NonNullable<FileDocument['upload_user']>>>
}

/** How addresses in an answer are made. */
export interface UrlWish {
  /** Scheme and host of this instance. */
  readonly origin: string
  /** Days until addresses expire; 0 leaves them unsigned, null is what the instance says. */
  readonly expireDays: number | null
  readonly recordUuid: string | null
}

export interface ViewWish extends UrlWish {
  readonly format: FileFormat
  readonly duplicates: boolean
}

export const DEFAULT_EXPIRE_DAYS = 7
const MOST_EXPIRE_DAYS = 365
const MOST_DUPLICATES = 100
export const MOST_FILES_READ = 1000

export class Files {
  readonly #ports: FileViewPorts

  constructor(ports: FileViewPorts) {
    this.#ports = ports
  }

  /** By id; those that do not exist are left out. Fails with InsufficientRights when there is one the caller may not know of. */
  async read(ids: readonly number[], caller: Caller | null, wish: ViewWish): Promise<Record<string, FileDocument>> {
    if (ids.length > MOST_FILES_READ) fail('ServerGeneric', { msg: `at most ${MOST_FILES_READ} files can be read at once` })
    const files = await this.#ports.store.find([...new Set(ids)])
    const rights = await this.rightsOf(files, caller, wish.recordUuid)
    const hidden = files.find((file) => !rights.get(file.id)?.visible)
    if (hidden) fail('InsufficientRights', { resource: String(hidden.id) })
    const documents = await this.documents(files, rights, wish)
    return Object.fromEntries(documents.map((document) => [String(document._id), document]))
  }

  /** Fails with InsufficientRights also when there is no such file: nobody is told which it was. */
  async readOne(id: number, caller: Caller | null, wish: ViewWish): Promise<FileDocument> {
    const found = await this.read([id], caller, wish)
    return found[String(id)] ?? fail('InsufficientRights', { resource: String(id) })
  }

  /** What somebody has just brought, in their order. */
  async own(files: readonly StoredFile[], wish: ViewWish): Promise<FileDocument[]> {
    return this.documents(files, new Map(files.map(({ id }) => [id, EVERYTHING])), wish)
  }

  /** Rights on these files by id: a rendition has those of its original. */
  async rightsOf(files: readonly StoredFile[], caller: Caller | null, recordUuid: string | null): Promise<ReadonlyMap<number, FileRight>> {
    const parents = files.flatMap((file) => (isOriginal(file) || file.parentId === null ? [] : [file.parentId]))
    const originals = parents.length > 0 ? await this.#ports.store.find([...new Set(parents)]) : []
    const given = await this.#ports.rights.of([...files, ...originals], caller, recordUuid)
    return new Map(files.map((file) => [file.id, given.get(isOriginal(file) ? file.id : (file.parentId ?? 0)) ?? NOBODY]))
  }

  async documents(files: readonly StoredFile[], rights: ReadonlyMap<number, FileRight>, wish: ViewWish): Promise<FileDocument[]> {
    const { store, users, managed } = this.#ports
    const ids = files.filter(isOriginal).map(({ id }) => id)
    const [below, names, isManaged, urls, duplicates] = await Promise.all([
      wish.format === 'short' || ids.length === 0 ? [] : store.below(ids),
      users.short([...new Set(files.flatMap(({ uploadUser }) => uploadUser ?? []))]),
      managed(),
      this.urls(wish),
      wish.duplicates ? this.#duplicates(files) : undefined,
    ])
    const versions = Map.groupBy(
      below.filter((file) => !isOriginal(file)),
      ({ parentId }) => parentId,
    )
    return files.map((file) => ({
      ...describe(
        { file, versions: versions.get(file.id) ?? [], right: rights.get(file.id) ?? NOBODY },
        { format: wish.format, urls, users: names, isManaged },
      ),
      ...(duplicates && { _duplicates: duplicates(file) }),
    }))
  }

  async urls({ origin, expireDays, recordUuid }: UrlWish): Promise<FileUrls> {
    return new FileUrls({ origin, recordUuid, sign: await this.#signer(expireDays) })
  }

  /** For files that are shown in records. */
  async look({ origin, expireDays, realUrls }: FileWish): Promise<FileLook> {
    const [sign, isManaged] = await Promise.all([this.#signer(expireDays), this.#ports.managed()])
    return { origin, sign, isManaged, realUrls }
  }

  async #signer(expireDays: number | null): Promise<FileUrlOptions['sign']> {
    const days = Math.min(expireDays ?? DEFAULT_EXPIRE_DAYS, MOST_EXPIRE_DAYS)
    return days === 0 ? null : this.#ports.signatures.signer(days)
  }

  /** Other originals with the same content, and which records use them. */
  async #duplicates(files: readonly StoredFile[]): Promise<(file: StoredFile) => NonNullable<FileDocument['_duplicates']>> {
    const alike = await this.#ports.store.findByHash([...new Set(files.map(({ hash }) => hash))], MOST_DUPLICATES)
    const links = Map.groupBy(await this.#ports.store.links(alike.map(({ id }) => id)), ({ fileId }) => fileId)
    const linked = (id: number) => (links.get(id) ?? []).filter(({ live }) => live).map(objectOf)
    return (file) =>
      alike
        .filter(({ id, hash }) => hash === file.hash && id !== file.id)
        .map(({ id }) => ({ _id: id, certainty: 1, linked_system_objects: linked(id) }))
  }
}

const NOBODY: FileRight = { of: () => ({ show: false, download: false }), visible: false, mayProduce: false }
const objectOf = ({ systemId, columnId }: FileLink) => ({ _system_object_id: systemId, _column_id: columnId })
