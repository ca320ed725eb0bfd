/** The one place that knows which driver keeps which kind of storage location. */
import path from 'node:path'
import { BlobFailure, type BlobStore, type BlobStores, type BlobStoreSettings } from '@vitrine/domain/ports/blob-store'
import { FileBlobStore } from './file.ts'

export interface BlobStoresOptions {
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
    switch (settings.kind) {
      case 'file': {
        const { filesRoot, fileRoots = [] } = this.#options
        return new FileBlobStore({ dir: path.resolve(filesRoot, settings.dir), within: [filesRoot, ...fileRoots], prefix })
      }
      default:
        throw new BlobFailure('misconfigured', `nothing here can open storage of the kind ${settings.kind}`)
    }
  }
}
