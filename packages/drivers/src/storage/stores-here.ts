/** The one place that knows which driver keeps which kind of storage location. */
import path from 'node:path'
import type { BlobStore, BlobStores, BlobStoreSettings } from '@vitrine/domain/ports/blob-store'
import { AzureBlobStore } from './azure.ts'
import { FileBlobStore } from './file.ts'
import type { Agents } from './http.ts'
import { S3BlobStore } from './s3.ts'
import { SwiftBlobStore } from './swift.ts'

export interface BlobStoresOptions {
  /** Every connection to a store is made by these. */
  readonly agents: Agents
  /** Folders with relative paths begin here. */
  readonly filesRoot: string
  /** Others have to lie below one of these. */
  readonly fileRoots?: readonly string[]
}

export class BlobStoresHere implements BlobStores {
  readonly #options: BlobStoresOptions

  constructor(options: BlobStoresOptions) {
    this.#options = options
  }

  open(settings: BlobStoreSettings, prefix: string): BlobStore {
    const { agents, filesRoot, fileRoots = [] } = this.#options
    switch (settings.kind) {
      case 'file':
        return new FileBlobStore({ dir: path.resolve(filesRoot, settings.dir), within: [filesRoot, ...fileRoots], prefix })
      case 's3':
        return new S3BlobStore({ settings, agents, prefix })
      case 'azure':
        return new AzureBlobStore({ settings, agents, prefix })
      case 'swift':
        return new SwiftBlobStore({ settings, agents, prefix })
    }
  }
}
