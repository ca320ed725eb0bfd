import { readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { blobStoreConformance } from '../conformance/blob-store.ts'
import { FileBlobStore } from './file.ts'

/** Files inside that this process has open; only Linux tells. */
function openFiles(dir: string): number {
  if (process.platform !== 'linux') return 0
  const target = (fd: string) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return ''
    }
  }
  return readdirSync('/proc/self/fd').filter((fd) => target(fd).startsWith(dir)).length
}

blobStoreConformance('a folder', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'vitrine-blobs-'))
  const dir = path.join(parent, 'one')
  await writeFile(path.join(parent, 'a file'), 'not a folder')
  return {
    open: (prefix) => new FileBlobStore({ dir, prefix, readBytes: 20_000, writeBytes: 16_000, syncBytes: 400_000 }),
    elsewhere: () => new FileBlobStore({ dir: path.join(parent, 'deep', 'two') }),
    broken: () => [{ store: new FileBlobStore({ dir: path.join(parent, 'a file') }), trouble: 'misconfigured' as const }],
    thresholds: [16_000, 20_000, 400_000],
    pageSize: 20,
    memoryBytes: 4_000_000,
    nestsKeys: false,
    leftovers: async () => (await readdir(path.join(dir, '.incoming'))).length,
    busy: () => openFiles(dir),
    close: () => rm(parent, { recursive: true, force: true }),
  }
})
