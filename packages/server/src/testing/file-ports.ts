/** What a server needs for files, in tests: stores in memory, everything else as it is. */
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BlobStores } from '@vitrine/domain/ports/blob-store'
import { ZipArchives } from '@vitrine/drivers/archives'
import { MediaHere } from '@vitrine/drivers/media'
import { KeptCopiesFolder, WorkFolder } from '@vitrine/drivers/work'
import type { SharedPorts } from '../wire/shared-ports.ts'
import { memoryStores } from './memory-stores.ts'

const KEPT_BYTES = 64 * 1024 * 1024
/** One for all servers of a test file: nothing is started before something is opened. */
export const media = new MediaHere()

export function filePorts(
  stores: BlobStores = memoryStores(),
): Pick<SharedPorts, 'archives' | 'copies' | 'fileRoots' | 'media' | 'storesFor' | 'work'> {
  const dir = path.join(tmpdir(), 'vitrine-test-work')
  return {
    archives: new ZipArchives(),
    copies: new KeptCopiesFolder(dir, KEPT_BYTES),
    media,
    fileRoots: [],
    storesFor: () => stores,
    work: new WorkFolder(dir),
  }
}
