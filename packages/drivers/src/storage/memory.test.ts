import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { blobStoreConformance } from '../conformance/blob-store.ts'
import { MemoryBlobStore, type MemoryPlace } from './memory.ts'

blobStoreConformance('memory', async () => {
  const place: MemoryPlace = new Map()
  const down = () => {
    throw new BlobFailure('unavailable', 'it is down')
  }
  return {
    open: (prefix) => new MemoryBlobStore({ place, prefix }),
    broken: () => [{ store: new MemoryBlobStore({ trouble: down }), trouble: 'unavailable' as const }],
    thresholds: [65_536],
    pageSize: 10,
    memoryBytes: null,
    nestsKeys: true,
    leftovers: async () => 0,
  }
})
