/** Fetches the bytes of a file that was registered. Runs any number of times; the first run that has all the bytes wins. */
import { DomainError, isDomainError } from '../errors.ts'
import { baseName, purposeOf, type StoredFile } from './file.ts'
import { limitOf, type FileClasses } from './file-classes.ts'
import type { FileStore } from './file-store.ts'
import type { KeepBytes } from './keep-bytes.ts'
import { priorityOf } from '../ports/queue.ts'

/** The bytes as they come, and how many there will be where that was said. Fails with a `RemoteTrouble`. */
export interface RemoteBody {
  readonly body: AsyncIterable<Uint8Array>
  readonly sizeBytes: number | null
  readonly contentType: string | null
}

export class RemoteTrouble extends Error {
  /** Whether asking again can help. */
  readonly hopeless: boolean

  constructor(message: string, options: { readonly hopeless: boolean; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'RemoteTrouble'
    this.hopeless = options.hopeless
  }
}

export interface FetchPorts {
  readonly store: FileStore
  readonly bytes: KeepBytes
  readonly classes: () => Promise<FileClasses>
  /** `expectedBytes` is what was announced when the file was registered. */
  readonly remote: (
    url: string,
    limits: { readonly maxBytes: number | null; readonly expectedBytes: number | null; readonly signal: AbortSignal },
  ) => Promise<RemoteBody>
}

export async function fetchFile(ports: FetchPorts, id: number, run: { readonly signal: AbortSignal; readonly last: boolean }): Promise<void> {
  const [file] = await ports.store.find([id])
  if (!file || file.state !== 'pending' || file.remoteUrl === null) return
  try {
    await copy(ports, file, file.remoteUrl, run.signal)
  } catch (error) {
    const problem = problemOf(error, run)
    if (problem === undefined) throw error
    const event = {
      type: 'FILE_UPLOAD_ERROR' as const,
      basetype: 'file',
      objectId: id,
      info: { filename: baseName(file.originalFilepath), error: problem },
    }
    await ports.store.change([{ id, from: ['pending'], state: 'failed', problem }], { jobs: [], trail: { events: [event], actor: null } })
  }
}

async function copy({ store, bytes, classes, remote }: FetchPorts, file: StoredFile, url: string, signal: AbortSignal): Promise<void> {
  const maxBytes = limitOf(await classes(), file.class)
  const { body, sizeBytes, contentType } = await remote(url, { maxBytes, expectedBytes: file.sizeBytes, signal })
  const kept = await bytes.keep(purposeOf(file.kind), body, {
    signal,
    ...(sizeBytes !== null && { sizeBytes }),
    ...(contentType !== null && { contentType }),
  })
  const changed = await store.change([{ id: file.id, from: ['pending'], state: 'processing', bytes: kept, hash: kept.sha256 }], {
    jobs: [{ name: 'file-process', payload: { file: file.id }, priority: priorityOf(file.priority) }],
    trail: { events: [], actor: null },
  })
  // Another run was faster, or the file is gone.
  if (changed.length === 0) await bytes.giveBack([kept])
}

/** Why the file will never come; undefined when it is worth another try. */
function problemOf(error: unknown, { last, signal }: { readonly last: boolean; readonly signal: AbortSignal }): string | undefined {
  // A server that stops has not found anything wrong with the file.
  if (signal.aborted) return undefined
  if (error instanceof RemoteTrouble) return error.hopeless || last ? error.message : undefined
  if (error instanceof DomainError && error.code === 'FileLimitExceeded') return error.message
  if (!last) return undefined
  return isDomainError(error) ? error.message : 'an unforeseen failure; the log of the server has the details'
}
