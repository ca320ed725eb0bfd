/** How files look in the records of one answer. */
import type { StoredFile } from './file.ts'
import type { FileUrlOptions } from './file-urls.ts'

/** What the request says about it. */
export interface FileWish {
  /** Scheme and host of this instance. */
  readonly origin: string
  /** Days until addresses expire; 0 leaves them unsigned, null is what the instance says. */
  readonly expireDays: number | null
  /** Files that were left where they came from are told with their address there. */
  readonly realUrls: boolean
}

/** The same with everything that has to be known for it. */
export interface FileLook extends Omit<FileWish, 'expireDays'> {
  /** Null for addresses that are not signed. */
  readonly sign: FileUrlOptions['sign']
  /** Whether the configuration manages a version by rights. */
  readonly isManaged: (file: StoredFile) => boolean
}
