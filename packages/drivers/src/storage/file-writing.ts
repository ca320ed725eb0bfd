/**
 * Writes a body into a new file. While one group of chunks is on its way to the disk the next ones are fetched and hashed, which
 * is why writing costs hardly more than hashing; and the disk is told now and then to write down what it has, so that the
 * end of a large file does not wait for all of it.
 */
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { BlobFailure } from '@vitrine/domain/ports/blob-store'

const FILE_MODE = 0o640
const FRESH = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
/** How many chunks at most are written at once; systems take no more in one call. */
const GROUP_CHUNKS = 512

export interface WritingSizes {
  /** Written at once. Twice this is held in memory. */
  readonly groupBytes: number
  /** Written down at once. */
  readonly syncBytes: number
}

/** The file is whole and on the disk when this ends; when it fails, the file is left for whoever named it to remove. */
export async function writeFresh(file: string, body: AsyncIterable<Uint8Array>, sizes: WritingSizes): Promise<void> {
  const handle = await open(file, FRESH, FILE_MODE)
  const writing = new Writing(handle, sizes)
  try {
    for await (const chunk of body) await writing.add(chunk)
    await writing.end()
  } finally {
    await writing.settled()
    await handle.close()
  }
}

class Writing {
  readonly #handle: FileHandle
  readonly #sizes: WritingSizes
  #group: Uint8Array[] = []
  #groupBytes = 0
  #takenBytes = 0
  #position = 0
  #unsyncedBytes = 0
  #writing: Promise<void> = Promise.resolve()
  #syncing: Promise<void> | null = null

  constructor(handle: FileHandle, sizes: WritingSizes) {
    this.#handle = handle
    this.#sizes = sizes
  }

  async add(chunk: Uint8Array): Promise<void> {
    this.#group.push(chunk)
    this.#groupBytes += chunk.byteLength
    this.#takenBytes += chunk.byteLength
    if (this.#groupBytes >= this.#sizes.groupBytes || this.#group.length >= GROUP_CHUNKS) await this.#flush()
  }

  async end(): Promise<void> {
    await this.#flush()
    await this.#writing
    await this.#syncing
    await this.#handle.sync()
    const { size } = await this.#handle.stat()
    if (size !== this.#takenBytes) throw new BlobFailure('corrupt', `the folder has kept ${size} of ${this.#takenBytes} bytes`)
  }

  /** Waits for what is under way, however it ends: a handle must not be closed under it. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#writing, this.#syncing])
  }

  /** Waits for the group before, and sets off with this one. */
  async #flush(): Promise<void> {
    await this.#writing
    const group = this.#group
    this.#group = []
    this.#groupBytes = 0
    this.#writing = this.#write(group)
    // Whoever waits for it next gets the failure; until then it is nobody's.
    this.#writing.catch(() => undefined)
  }

  async #write(group: readonly Uint8Array[]): Promise<void> {
    for (let rest = group; rest.length > 0;) {
      const { bytesWritten } = await this.#handle.writev(rest, this.#position)
      this.#position += bytesWritten
      this.#unsyncedBytes += bytesWritten
      rest = behind(rest, bytesWritten)
    }
    if (this.#unsyncedBytes >= this.#sizes.syncBytes) await this.#sync()
  }

  async #sync(): Promise<void> {
    await this.#syncing
    this.#unsyncedBytes = 0
    this.#syncing = this.#handle.datasync()
    this.#syncing.catch(() => undefined)
  }
}

/** What is left to write; a disk that is nearly full takes a part, and says why only when asked for more. */
function behind(chunks: readonly Uint8Array[], writtenBytes: number): readonly Uint8Array[] {
  let [at, skip] = [0, writtenBytes]
  for (let chunk = chunks[at]; chunk && skip >= chunk.byteLength; chunk = chunks[++at]) skip -= chunk.byteLength
  const first = chunks[at]
  return first ? [first.subarray(skip), ...chunks.slice(at + 1)] : []
}
