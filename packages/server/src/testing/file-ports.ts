/** What a server needs for files, in tests: stores in memory, everything else as it is. */
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ZipArchives } from '@vitrine/drivers/archives'
import { MediaHere } from '@vitrine/drivers/media'
import { KeptCopiesFolder, WorkFolder } from '@vitrine/drivers/work'
import type { SharedPorts } from '../wire.ts'
import { memoryStores } from './memory-stores.ts'

const KEPT_BYTES = 64 * 1024 * 1024
/** One for all servers of a test file: nothing is started before something is opened. */
export const media = new MediaHere()

export function filePorts(): Pick<SharedPorts, 'archives' | 'copies' | 'media' | 'stores' | 'work'> {
  const dir = path.join(tmpdir(), 'vitrine-test-work')
  return {
    archives: new ZipArchives(),
    copies: new KeptCopiesFolder(dir, KEPT_BYTES),
    media,
    stores: memoryStores(),
    work: new WorkFolder(dir),
  }
}
