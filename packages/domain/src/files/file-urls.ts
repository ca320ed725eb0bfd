/** Addresses of versions of files. Signed ones open to whoever has them; unsigned ones ask for rights. */
import type { SignedFile } from './signature.ts'

export interface VersionAddress extends SignedFile {
  /** Empty without one. */
  readonly extension: string
}

export interface FileUrlOptions {
  /** Scheme and host, without a slash at the end; what stands before the paths of this instance. */
  readonly origin: string
  /** Null for addresses that are not signed. */
  readonly sign: ((file: SignedFile) => string) | null
  /** Record in which the file is shown: rights come from it when the address is not signed. */
  readonly recordUuid: string | null
}

export class FileUrls {
  readonly #options: FileUrlOptions

  constructor(options: FileUrlOptions) {
    this.#options = options
  }

  path({ fileId, hash, version, extension }: VersionAddress): string {
    return `/api/v1/eas/download/${fileId}/${hash}/${nameOf(version, extension)}`
  }

  download(at: VersionAddress): string {
    const { origin, sign, recordUuid } = this.#options
    const query = sign ? `?x-fylr-signature=${sign(at)}` : recordUuid === null ? '' : `?obj_uuid=${encodeURIComponent(recordUuid)}`
    return `${origin}${this.path(at)}${query}`
  }

  zoom(at: VersionAddress): string {
    return this.#inPath('zoom', at)
  }

  iiif(at: VersionAddress): string {
    return this.#inPath('iiif', at)
  }

  /** Clients append to these, so what a query would say stands in the path. */
  #inPath(kind: 'zoom' | 'iiif', at: VersionAddress): string {
    const { origin, sign, recordUuid } = this.#options
    const middle = sign ? `${sign(at)}/` : recordUuid === null ? '' : `obj_uuid/${encodeURIComponent(recordUuid)}/`
    return `${origin}/api/v1/eas/${kind}/${at.fileId}/${at.hash}/${middle}${nameOf(at.version, at.extension)}`
  }
}

/** Names of versions are chosen by people who configure them. */
const nameOf = (version: string, extension: string) => encodeURIComponent(extension === '' ? version : `${version}.${extension}`)
