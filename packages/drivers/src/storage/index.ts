export { BlobStoresHere } from './stores-here.ts'
export { FileBlobStore, type FileBlobStoreOptions } from './file.ts'
export { MemoryBlobStore, type MemoryBlobStoreOptions, type MemoryObject, type MemoryPlace } from './memory.ts'
