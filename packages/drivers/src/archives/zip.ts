/** ZIP archives, read piece by piece from wherever they lie. */
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ArchiveFailure, type ArchiveEntry, type Archives, type RandomBytes } from '@vitrine/domain/ports/archives'
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl'

/** More than this takes long to look through, and nobody looks at such a list. */
const MOST_ENTRIES = 100_000

export class ZipArchives implements Archives {
  async *entries(bytes: RandomBytes): AsyncGenerator<ArchiveEntry, void, undefined> {
    const zip = await opened(bytes)
    try {
      for await (const entry of each(zip)) yield entryOf(entry)
    } catch (error) {
      throw failure(error)
    } finally {
      zip.close()
    }
  }

  async open(bytes: RandomBytes, path: string): Promise<{ entry: ArchiveEntry; body: Readable } | null> {
    const zip = await opened(bytes)
    try {
      const found = await entryAt(zip, path)
      if (!found) {
        zip.close()
        return null
      }
      if (!found.canDecodeFileData()) throw new ArchiveFailure(`${path} is encrypted, or packed in a way that is not opened here`)
      const body = await zip.openReadStreamPromise(found)
      body.once('close', () => zip.close())
      return { entry: entryOf(found), body }
    } catch (error) {
      zip.close()
      throw failure(error)
    }
  }
}

async function entryAt(zip: ZipFile, path: string): Promise<Entry | undefined> {
  for await (const entry of each(zip)) if (entry.fileName === path) return entry
  return undefined
}

async function* each(zip: ZipFile): AsyncGenerator<Entry, void, undefined> {
  let count = 0
  for await (const entry of zip.eachEntry()) {
    if (++count > MOST_ENTRIES) throw new ArchiveFailure(`the archive has more than ${MOST_ENTRIES} entries`)
    yield entry
  }
}

async function opened(bytes: RandomBytes): Promise<ZipFile> {
  try {
    // Names that lead out of the archive are refused by the library.
    return await fromRandomAccessReaderPromise(new Reader(bytes), bytes.sizeBytes, { lazyEntries: true, autoClose: false, strictFileNames: false })
  } catch (error) {
    throw failure(error)
  }
}

class Reader extends RandomAccessReader {
  readonly #bytes: RandomBytes

  constructor(bytes: RandomBytes) {
    super()
    this.#bytes = bytes
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const through = new PassThrough()
    void this.#fill(through, start, end - start)
    return through
  }

  async #fill(through: PassThrough, start: number, length: number): Promise<void> {
    try {
      await pipeline(await this.#bytes.read({ start, length }), through)
    } catch (error) {
      through.destroy(error as Error)
    }
  }
}

const entryOf = (entry: Entry): ArchiveEntry => ({
  path: entry.fileName,
  isFolder: entry.fileName.endsWith('/'),
  sizeBytes: entry.uncompressedSize,
  modifiedAt: entry.lastModFileDate === 0 ? null : entry.getLastModDate({ timezone: 'UTC' }),
})

/** Failures of the store that the archive lies in stay what they are. */
function failure(error: unknown): unknown {
  if (error instanceof ArchiveFailure || !(error instanceof Error) || error.name === 'BlobFailure') return error
  return new ArchiveFailure(`the archive cannot be read: ${error.message}`, error)
}
