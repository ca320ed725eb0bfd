/**
 * Files that are somewhere else: registered at once, fetched afterwards, or left where they are. What the other server says about a
 * file is asked beforehand, unless the caller knows better; all files of a request are registered together or none is.
 */
import { createHash } from 'node:crypto'
import type { Access } from '../access/access.ts'
import { fail, isDomainError } from '../errors.ts'
import type { NewEvent } from '../events/new-event.ts'
import type { AnyJob } from '../jobs.ts'
import type { Caller } from '../people/caller.ts'
import type { Counters } from '../ports/counters.ts'
import { baseName, type CustomProduceConfig, type StoredFile } from './file.ts'
import { limitOf, type Classified, type FileClasses } from './file-classes.ts'
import type { FileStore, NewFile } from './file-store.ts'
import { demandParent, judgeName, refuseSize } from './uploads.ts'
import { priorityOf } from '../ports/queue.ts'

export interface ImportWish {
  readonly url: string
  /** Empty when the other server is to say it. */
  readonly filename: string
  readonly leave: boolean
  readonly versionName: string | null
  readonly parentId: number | null
  readonly reference: string | null
  readonly customProduceConfig: CustomProduceConfig | null
  readonly produceVersions: boolean
  readonly generateMetadata: boolean
  readonly skipHeadRequest: boolean
  /** `{_technical_metadata?: {…}, <group>: {…}}`, in place of what would be read. */
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null
}

/** What is known of a remote file before it is fetched. */
export interface RemoteFacts {
  readonly filename: string
  readonly mimeType: string | null
  readonly sizeBytes: number | null
}

export interface ImportPorts {
  readonly store: FileStore
  readonly counters: Counters
  readonly access: Access
  readonly classes: () => Promise<FileClasses>
  /** Fails with EasInvalidURL, EasRputError, EasRputErrorContentLength, EasEmptyFilename, EasInvalidFilename or SkipHeadRequestError. */
  readonly probe: (wish: Pick<ImportWish, 'url' | 'filename' | 'leave' | 'skipHeadRequest'>, signal: AbortSignal) => Promise<RemoteFacts>
}

export interface ImportRequest {
  readonly wishes: readonly ImportWish[]
  readonly priority: number
  readonly skipDuplicateReference: boolean
}

export interface Imported {
  readonly file: StoredFile
  /** Its reference was taken: this is the file that has it. */
  readonly isDuplicate: boolean
}

export const MOST_IMPORTS_AT_ONCE = 10_000
/** Remote servers that are asked at the same time. */
const PROBES_AT_ONCE = 16

export class Imports {
  readonly #ports: ImportPorts

  constructor(ports: ImportPorts) {
    this.#ports = ports
  }

  /** In the order of the request. The right to upload is asked for beforehand. */
  async register({ wishes, priority, skipDuplicateReference }: ImportRequest, caller: Caller, signal: AbortSignal): Promise<Imported[]> {
    if (wishes.length > MOST_IMPORTS_AT_ONCE) fail('ServerGeneric', { msg: `one request imports at most ${MOST_IMPORTS_AT_ONCE} files` })
    wishes.forEach(demandSense)
    const skipped = await this.#alreadyThere(wishes, skipDuplicateReference)
    const open = firstOfEach(wishes, skipDuplicateReference).filter(({ reference }) => reference === null || !skipped.has(reference))
    const [facts, classes] = await Promise.all([this.#probeAll(open, signal), this.#ports.classes()])
    await this.#demandParents(open)
    const ids = await this.#ports.counters.draw('file', open.length)
    const files = open.map((wish, i) => newFile({ wish, facts: facts[i] as RemoteFacts, classes, id: ids[i] ?? 0, caller, priority }))
    try {
      const added = await this.#ports.store.add(files, { jobs: files.flatMap(jobsOf), trail: { events: files.map(importEvent), actor: caller } })
      return inOrder(wishes, open, added, skipped)
    } catch (error) {
      // Somebody else has registered the same reference in this very moment.
      if (skipDuplicateReference && isDomainError(error) && error.code === 'EasDuplicateReference')
        return this.register({ wishes, priority, skipDuplicateReference }, caller, signal)
      throw error
    }
  }

  async #alreadyThere(wishes: readonly ImportWish[], skip: boolean): Promise<ReadonlyMap<string, StoredFile>> {
    const references = wishes.flatMap(({ reference }) => reference ?? [])
    const found = references.length > 0 ? await this.#ports.store.findByReference([...new Set(references)]) : []
    const [first] = found
    if (first && !skip) fail('EasDuplicateReference', { reference: first.reference ?? '', file: first.id })
    if (!skip) demandDistinct(references)
    return new Map(found.map((file) => [file.reference ?? '', file]))
  }

  async #probeAll(wishes: readonly ImportWish[], signal: AbortSignal): Promise<RemoteFacts[]> {
    const facts: RemoteFacts[] = []
    const waiting = wishes.entries()
    const stop = new AbortController()
    const both = AbortSignal.any([signal, stop.signal])
    const worker = async () => {
      for (const [i, wish] of waiting) facts[i] = await this.#ports.probe(wish, both)
    }
    try {
      await Promise.all(Array.from({ length: Math.min(PROBES_AT_ONCE, wishes.length) }, worker))
    } finally {
      stop.abort()
    }
    return facts
  }

  async #demandParents(wishes: readonly ImportWish[]): Promise<void> {
    for (const { parentId, versionName } of wishes) {
      if (parentId === null && versionName === null) continue
      if (parentId === null) fail('EasNoParentID', {})
      await demandParent(this.#ports.store, parentId, versionName)
    }
  }
}

function demandSense({ leave, produceVersions, generateMetadata }: ImportWish): void {
  if (!generateMetadata && !(leave && !produceVersions))
    fail('ServerGeneric', { msg: 'generate_metadata can only be turned off for files that stay where they are and get no versions' })
}

function demandDistinct(references: readonly string[]): void {
  const seen = new Set<string>()
  for (const reference of references) {
    if (seen.has(reference)) fail('EasDuplicateReference', { reference })
    seen.add(reference)
  }
}

/** Of several with one reference, the first is registered and the others are that one again. */
function firstOfEach(wishes: readonly ImportWish[], skip: boolean): readonly ImportWish[] {
  if (!skip) return wishes
  const seen = new Set<string>()
  return wishes.filter(({ reference }) => {
    if (reference === null) return true
    const isFirst = !seen.has(reference)
    seen.add(reference)
    return isFirst
  })
}

function inOrder(
  wishes: readonly ImportWish[],
  open: readonly ImportWish[],
  added: readonly StoredFile[],
  skipped: ReadonlyMap<string, StoredFile>,
): Imported[] {
  const byWish = new Map(open.map((wish, i) => [wish, added[i]]))
  const byReference = new Map(added.flatMap((file): [string, StoredFile][] => (file.reference === null ? [] : [[file.reference, file]])))
  const repeated = new Set(wishes.map(({ reference }) => reference).filter((reference, i, all) => reference !== null && all.indexOf(reference) !== i))
  return wishes.flatMap((wish): Imported[] => {
    const { reference } = wish
    const there = reference === null ? undefined : skipped.get(reference)
    const file = there ?? byWish.get(wish) ?? (reference === null ? undefined : byReference.get(reference))
    return file ? [{ file, isDuplicate: there !== undefined || repeated.has(reference) }] : []
  })
}

interface Registered {
  readonly wish: ImportWish
  readonly facts: RemoteFacts
  readonly classes: FileClasses
  readonly id: number
  readonly caller: Caller
  readonly priority: number
}

function newFile({ wish, facts, classes, id, caller, priority }: Registered): NewFile {
  const { leave, generateMetadata, metadata } = wish
  const classified: Classified = judgeName({ filename: facts.filename, produceVersions: wish.produceVersions }, classes)
  const limit = limitOf(classes, classified.class)
  if (!leave && limit !== null && facts.sizeBytes !== null && facts.sizeBytes > limit) refuseSize(facts.sizeBytes, limit)
  const { _technical_metadata: technical = {}, ...groups } = generateMetadata ? {} : (metadata ?? {})
  const { mime_type: mimeType } = technical as { mime_type?: unknown }
  return {
    id,
    kind: wish.parentId === null ? 'original' : 'manual',
    parentId: wish.parentId,
    versionName: wish.versionName,
    reference: wish.reference,
    uploadUser: caller.userId,
    originalFilepath: facts.filename,
    ...classified,
    mimeType: typeof mimeType === 'string' ? mimeType : facts.mimeType,
    remoteUrl: wish.url,
    leave,
    produceVersions: wish.produceVersions && wish.parentId === null,
    customProduceConfig: wish.customProduceConfig,
    produceHash: null,
    recipe: null,
    watermark: false,
    priority,
    state: !leave ? 'pending' : generateMetadata ? 'processing' : 'done',
    problem: null,
    hash: createHash('md5').update(wish.url).digest('hex'),
    bytes: null,
    sizeBytes: facts.sizeBytes,
    technical,
    metadata: generateMetadata ? null : Object.entries(groups).flatMap(([group, entries]) => tagsOf(group, entries)),
  }
}

const tagsOf = (group: string, entries: Readonly<Record<string, unknown>>) =>
  Object.entries(entries).map(([name, value]) => ({
    group,
    name,
    value: typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : JSON.stringify(value),
    print: typeof value === 'string' ? value : JSON.stringify(value),
  }))

function jobsOf({ id, state, priority }: NewFile): AnyJob[] {
  if (state === 'pending') return [{ name: 'file-import', payload: { file: id }, priority: priorityOf(priority) }]
  return state === 'processing' ? [{ name: 'file-process', payload: { file: id }, priority: priorityOf(priority) }] : []
}

const importEvent = ({ id, originalFilepath, leave }: NewFile): NewEvent => ({
  type: 'FILE_UPLOAD_REMOTE',
  basetype: 'file',
  objectId: id,
  info: { filename: baseName(originalFilepath), leave },
})
