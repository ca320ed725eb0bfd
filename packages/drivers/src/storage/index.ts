export { MemoryBlobStore, type MemoryBlobStoreOptions, type MemoryObject, type MemoryPlace } from './memory.ts'
