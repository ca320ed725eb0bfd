/**
 * What happens to a file once its bytes are there: its type is told from the bytes, what is in it is read, and the versions that it is
 * to have are settled. Everything looks at how things stand and may run any number of times; a step that cannot be done ends in
 * `failed` with its reason, and the bytes stay as they are.
 */
import { isDomainError } from '../errors.ts'
import { NO_TRAIL, type NewEvent } from '../events/new-event.ts'
import { baseName, type StoredFile } from '../files/file.ts'
import { classify, UNKNOWN_CLASS } from '../files/file-classes.ts'
import type { FileChange, FileStore } from '../files/file-store.ts'
import type { Counters } from '../ports/counters.ts'
import { MediaFailure, type DetectedType, type Media, type MediaFacts, type MediaSource } from '../ports/media.ts'
import type { WorkFiles } from '../ports/work-files.ts'
import type { OpenSource } from './open-source.ts'
import type { ProduceConfig } from './produce-config.ts'
import { settleVersions } from './settle-versions.ts'

export interface ProcessPorts {
  readonly store: FileStore
  readonly counters: Counters
  readonly media: Media
  readonly work: WorkFiles
  readonly source: OpenSource
  readonly config: () => Promise<ProduceConfig>
}

export interface ProcessRun {
  readonly signal: AbortSignal
  /** No repetition follows: what fails now has failed. */
  readonly last: boolean
}

const HEAD_BYTES = 4100

export async function processFile(ports: ProcessPorts, id: number, run: ProcessRun): Promise<void> {
  const [file] = await ports.store.find([id])
  if (!file || file.state === 'pending') return
  const config = await ports.config()
  // What has been read stays true: bytes never change.
  if (file.metadata !== null) return settleVersions(ports, config, await inItsClass(ports, config, file))
  let read: ReadFile
  try {
    read = await readFile(ports, config, file, run.signal)
  } catch (error) {
    const problem = problemOf(error, run)
    if (problem === undefined) throw error
    const change: FileChange = { id, from: ['processing', 'sync', 'done', 'failed'], state: 'failed', problem }
    await ports.store.change([change], { jobs: [], trail: { events: [event('FILE_METADATA_ERROR', file, { error: problem })], actor: null } })
    return
  }
  const [changed] = await ports.store.change([{ id, from: ['processing', 'sync', 'done', 'failed'], state: 'sync', problem: null, ...read }], {
    jobs: [],
    trail: { events: [event('FILE_METADATA', file)], actor: null },
  })
  if (changed) await settleVersions(ports, config, changed)
}

/** Which class a kind of file belongs to is configured, and may have changed since it was read. */
async function inItsClass({ store }: ProcessPorts, config: ProduceConfig, file: StoredFile): Promise<StoredFile> {
  const { class: now } = classify(config, `x.${file.extension}`)
  if (now === file.class) return file
  const [changed] = await store.change([{ id: file.id, from: ['processing', 'sync', 'done', 'failed'], class: now }], { jobs: [], trail: NO_TRAIL })
  return changed ?? file
}

type ReadFile = Pick<FileChange, 'mimeType' | 'class' | 'extension' | 'technical' | 'metadata'>

async function readFile({ media, work, source }: ProcessPorts, config: ProduceConfig, file: StoredFile, signal: AbortSignal): Promise<ReadFile> {
  return source.withBytes(file, signal, (body) =>
    work.withCopy(body, async (copy) => {
      const detected = await media.detect(await headOf(work.read(copy)))
      const type = typeOf(config, file, detected)
      const at: MediaSource = { path: copy.path, extension: detected?.extension ?? file.extension }
      const facts = isOpaque(type.class, detected) ? NOTHING : await media.read(at, signal)
      const { mime_type: read, ...technical } = facts.technical
      return { ...type, mimeType: read ?? type.mimeType, technical, metadata: facts.tags }
    }),
  )
}

const NOTHING: MediaFacts = { technical: {}, tags: [] }
/** Files of no class that anything here knows how to open. */
const isOpaque = (fileClass: string, detected: DetectedType | null) => fileClass === UNKNOWN_CLASS && detected === null

/**
 * The bytes decide what a file is; the name only says which kind of its class it is meant to be. A name that promises another class
 * than the bytes are is a lie, and nothing is made of such a file.
 */
function typeOf(config: ProduceConfig, file: StoredFile, detected: DetectedType | null): { class: string; extension: string; mimeType: string } {
  const named = classify(config, file.originalFilepath)
  if (!detected) {
    if (named.class === 'image' || named.class === 'video' || named.class === 'audio')
      throw new MediaFailure('broken', `the content is not that of a file with the extension "${named.extension}"`)
    return { ...named, mimeType: file.mimeType ?? 'application/octet-stream' }
  }
  const found = classify(config, `x.${detected.extension}`)
  if (named.class !== UNKNOWN_CLASS && found.class !== UNKNOWN_CLASS && named.class !== found.class)
    throw new MediaFailure('broken', `the content is ${detected.mimeType}, not that of a file with the extension "${named.extension}"`)
  return {
    class: named.class === UNKNOWN_CLASS ? found.class : named.class,
    extension: named.extension || detected.extension,
    mimeType: detected.mimeType,
  }
}

async function headOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    length += chunk.byteLength
    if (length >= HEAD_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, HEAD_BYTES)
}

/** Why a step has failed for good; undefined when it is to be tried again. */
export function problemOf(error: unknown, { last, signal }: ProcessRun): string | undefined {
  // A server that stops has not found anything wrong with the file.
  if (signal.aborted) return undefined
  if (error instanceof MediaFailure) return error.trouble === 'aborted' ? undefined : `${error.trouble}: ${error.message}`
  if (!last) return undefined
  return isDomainError(error) ? error.message : 'an unforeseen failure; the log of the server has the details'
}

export const event = (type: NewEvent['type'], file: StoredFile, more: Readonly<Record<string, unknown>> = {}): NewEvent => ({
  type,
  basetype: 'file',
  objectId: file.id,
  info: { filename: baseName(file.originalFilepath), ...(file.versionName !== null && { version: file.versionName }), ...more },
})
