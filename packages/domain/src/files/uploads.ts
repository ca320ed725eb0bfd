/**
 * Files that come in a request. Each is stored while it is read; when all have come they get their rows together, or none does.
 * Rights, names and parents are judged before a byte is stored, and what was stored for a request that fails is given back.
 */
import type { Access } from '../access/access.ts'
import { DomainError, fail } from '../errors.ts'
import type { EventActor, NewEvent } from '../events/new-event.ts'
import { holds, type Caller } from '../people/caller.ts'
import { rightDisplayname } from '../people/rights-catalogue.ts'
import type { Counters } from '../ports/counters.ts'
import { baseName, isOriginal, purposeOf, type CustomProduceConfig, type FileKind, type KeptBytes, type StoredFile } from './file.ts'
import { classify, limitOf, UNKNOWN_CLASS, type Classified, type FileClasses } from './file-classes.ts'
import type { Effects, FileStore, NewFile } from './file-store.ts'
import type { KeepBytes } from './keep-bytes.ts'
import { priorityOf } from '../ports/queue.ts'

export interface UploadPorts {
  readonly store: FileStore
  readonly bytes: KeepBytes
  readonly counters: Counters
  readonly access: Access
  readonly classes: () => Promise<FileClasses>
}

/** What the request says of one file. */
export interface UploadWish {
  /** As sent, with a path or without. */
  readonly filename: string
  readonly reference: string | null
  readonly produceVersions: boolean
  readonly parentId: number | null
  readonly versionName: string | null
  readonly customProduceConfig: CustomProduceConfig | null
  readonly priority: number
  readonly contentType: string | null
  /** Bytes that will come, where that is known. */
  readonly sizeBytes?: number
}

export interface Received {
  readonly wish: UploadWish
  readonly classified: Classified
  readonly bytes: KeptBytes
}

export const MOST_FILES_AT_ONCE = 1000
const LONGEST_NAME = 1000

export class Uploads {
  readonly #ports: UploadPorts

  constructor(ports: UploadPorts) {
    this.#ports = ports
  }

  /** Fails with RightRequired. To be asked before anything of the request is read. */
  demandRight(caller: Caller): Promise<void> {
    return demandUploadRight(this.#ports.access, caller)
  }

  begin(caller: Caller): UploadBatch {
    return new UploadBatch(this.#ports, caller)
  }
}

/** The files of one request: `receive` each, then `finish`; `abandon` when something went wrong, which is harmless after `finish`. */
export class UploadBatch {
  readonly #ports: UploadPorts
  readonly #caller: Caller
  readonly #received: Received[] = []

  constructor(ports: UploadPorts, caller: Caller) {
    this.#ports = ports
    this.#caller = caller
  }

  async receive(wish: UploadWish, body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    if (this.#received.length >= MOST_FILES_AT_ONCE)
      fail('UploadError', { filename: wish.filename, msg: `one request brings at most ${MOST_FILES_AT_ONCE} files` })
    const { classified, limit } = await judgeWish(this.#ports, wish)
    const bytes = await this.#ports.bytes.keep(purposeOf(kindOf(wish)), limit === null ? body : limited(body, limit), {
      ...(wish.contentType !== null && { contentType: wish.contentType }),
      ...(wish.sizeBytes !== undefined && { sizeBytes: wish.sizeBytes }),
      ...(signal && { signal }),
    })
    this.#received.push({ wish, classified, bytes })
  }

  async finish(): Promise<StoredFile[]> {
    const ids = await this.#ports.counters.draw('file', this.#received.length)
    const files = this.#received.map((received, i) => newFile(received, ids[i] ?? 0, this.#caller.userId))
    try {
      const added = await this.#ports.store.add(files, effectsOf(files, this.#caller))
      this.#received.length = 0
      return added
    } catch (error) {
      // Only a refusal is known to have stored nothing. Whatever else went wrong may have been after the commit: the journal decides.
      if (!(error instanceof DomainError) || error.retryable) this.#received.length = 0
      throw error
    }
  }

  async abandon(): Promise<void> {
    const places = this.#received.splice(0).map(({ bytes }) => bytes)
    if (places.length > 0) await this.#ports.bytes.giveBack(places)
  }
}

/** Fails with RightRequired. */
export async function demandUploadRight(accesses: Access, caller: Caller): Promise<void> {
  if (holds(caller.systemRights, 'system.poolmanager')) return
  const access = await accesses.of(caller)
  if (!access.hasAnywhere('asset_upload')) fail('RightRequired', { right: 'asset_upload', rightdisplayname: rightDisplayname('asset_upload') })
}

/** What can be known of a file before its bytes come. Fails with UploadError, EasNoParentID, FileVersionRefused or FileLimitExceeded. */
export async function judgeWish(ports: Pick<UploadPorts, 'classes' | 'store'>, wish: UploadWish): Promise<Judged> {
  const classes = await ports.classes()
  const classified = judgeName(wish, classes)
  await demandPlaceOfVersion(ports.store, wish)
  const limit = limitOf(classes, classified.class)
  if (limit !== null && wish.sizeBytes !== undefined && wish.sizeBytes > limit) refuseSize(wish.sizeBytes, limit)
  return { classified, limit }
}

export interface Judged {
  readonly classified: Classified
  /** Bytes that the file may have; null for any number. */
  readonly limit: number | null
}

async function demandPlaceOfVersion(store: FileStore, { parentId, versionName }: UploadWish): Promise<void> {
  if (parentId === null && versionName === null) return
  if (parentId === null) fail('EasNoParentID', {})
  await demandParent(store, parentId, versionName)
}

/** Versions can be brought for originals that are kept without automatic ones. */
export async function demandParent(store: Pick<FileStore, 'find'>, parentId: number, versionName: string | null): Promise<void> {
  const version = versionName ?? ''
  if (!/^[\w-]{1,100}$/.test(version) || version === 'original')
    fail('FileVersionRefused', { version, msg: 'its name has to be one of letters, digits, hyphens and underscores, and not "original"' })
  const [parent] = await store.find([parentId])
  if (!parent || !isOriginal(parent)) fail('EasNoParentID', {})
  if (parent.produceVersions) fail('FileVersionRefused', { version, msg: `renditions of ${parentId} are made by the server` })
}

export const kindOf = ({ parentId }: UploadWish): FileKind => (parentId === null ? 'original' : 'manual')

export function judgeName({ filename, produceVersions }: Pick<UploadWish, 'filename' | 'produceVersions'>, classes: FileClasses): Classified {
  const name = baseName(filename)
  if (name.trim() === '' || filename.length > LONGEST_NAME || /\p{Cc}/u.test(filename))
    fail('UploadError', { filename: name, msg: `a file needs a name, of at most ${LONGEST_NAME} characters` })
  const classified = classify(classes, filename)
  if (classified.class === UNKNOWN_CLASS && produceVersions && !classes.allowUnknown)
    fail('UploadError', { filename: name, msg: `files with the extension "${classified.extension}" are not taken here` })
  return classified
}

export function newFile({ wish, classified, bytes }: Received, id: number, userId: number): NewFile {
  return {
    id,
    kind: kindOf(wish),
    parentId: wish.parentId,
    versionName: wish.versionName,
    reference: wish.reference,
    uploadUser: userId,
    originalFilepath: wish.filename,
    ...classified,
    mimeType: null,
    remoteUrl: null,
    leave: false,
    produceVersions: wish.produceVersions && wish.parentId === null,
    customProduceConfig: wish.customProduceConfig,
    produceHash: null,
    recipe: null,
    watermark: false,
    priority: wish.priority,
    state: 'processing',
    problem: null,
    hash: bytes.sha256,
    bytes,
    sizeBytes: bytes.sizeBytes,
    technical: {},
    metadata: null,
  }
}

/** What follows from files that have come. */
export const effectsOf = (files: readonly NewFile[], actor: EventActor): Effects => ({
  jobs: files.map(({ id, priority }) => ({ name: 'file-process', payload: { file: id }, priority: priorityOf(priority) })),
  trail: { events: files.map(uploadEvent), actor },
})

const uploadEvent = ({ id, originalFilepath, bytes }: NewFile): NewEvent => ({
  type: 'FILE_UPLOAD',
  basetype: 'file',
  objectId: id,
  info: { filename: baseName(originalFilepath), filesize: bytes?.sizeBytes ?? 0 },
})

/** Fails with FileLimitExceeded when more come; some may have come before. */
export async function* limited(body: AsyncIterable<Uint8Array>, limit: number, before = 0): AsyncGenerator<Uint8Array, void, undefined> {
  let sizeBytes = before
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength
    if (sizeBytes > limit) refuseSize(sizeBytes, limit)
    yield chunk
  }
}

export const refuseSize = (filesize: number, limit: number): never => fail('FileLimitExceeded', { filesize, limit })
