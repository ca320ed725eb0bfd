/** The one place that knows which driver keeps which kind of storage location. */
import path from 'node:path'
import { BlobFailure, type BlobStore, type BlobStores, type BlobStoreSettings } from '@vitrine/domain/ports/blob-store'
import { FileBlobStore } from './file.ts'

export class BlobStoresHere implements BlobStores {
  readonly #filesRoot: string

  /** Folders of locations are meant from `filesRoot` on. */
  constructor({ filesRoot }: { readonly filesRoot: string }) {
    this.#filesRoot = filesRoot
  }

  open(settings: BlobStoreSettings, prefix: string): BlobStore {
    switch (settings.kind) {
      case 'file':
        return new FileBlobStore({ dir: path.resolve(this.#filesRoot, settings.dir), prefix })
      default:
        throw new BlobFailure('misconfigured', `nothing here can open storage of the kind ${settings.kind}`)
    }
  }
}
