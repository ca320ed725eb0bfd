/** The one place that knows which driver keeps which kind of storage location. */
import type { BlobStore, BlobStores, BlobStoreSettings } from '@vitrine/domain/ports/blob-store'
import { AzureBlobStore } from './azure.ts'
import { FileBlobStore } from './file.ts'
import type { Agents } from './http.ts'
import { S3BlobStore } from './s3.ts'
import { SwiftBlobStore } from './swift.ts'

export class BlobStoresHere implements BlobStores {
  readonly #agents: Agents

  /** Every connection to a store is made by these. */
  constructor(agents: Agents) {
    this.#agents = agents
  }

  open(settings: BlobStoreSettings, prefix: string): BlobStore {
    const agents = this.#agents
    switch (settings.kind) {
      case 'file':
        return new FileBlobStore({ dir: settings.dir, prefix })
      case 's3':
        return new S3BlobStore({ settings, agents, prefix })
      case 'azure':
        return new AzureBlobStore({ settings, agents, prefix })
      case 'swift':
        return new SwiftBlobStore({ settings, agents, prefix })
    }
  }
}
