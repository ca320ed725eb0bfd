/**
 * Files: originals that people bring, and renditions that are made of them. The bytes of a file never change; a changed file is
 * another one. What changes is how far it has come and what is known of it.
 */
import type { TechnicalMetadata, MetadataTag } from '../ports/media.ts'

/**
 * `original`: brought by somebody. `produced`: an original that was made from another one. `rendition`: made by the server and
 * made again when its recipe changes. `manual`: a rendition that somebody brought. `standalone`: belongs to nothing.
 */
export type FileKind = 'original' | 'produced' | 'rendition' | 'manual' | 'standalone'

/**
 * `pending`: has no bytes yet. `processing`: what is in it is being looked at. `sync`: renditions are being made. `done`: nothing
 * more will happen. `failed`: a step could not be done, for the reason in `problem`; bytes that had come stay.
 */
export type FileState = 'pending' | 'processing' | 'sync' | 'done' | 'failed'

export const isOriginal = ({ kind }: { readonly kind: FileKind }): boolean => kind === 'original' || kind === 'produced'

/** Where the bytes lie. */
export interface FilePlace {
  readonly locationId: number
  readonly storageKey: string
}

/** Bytes that lie somewhere, whole and checked. */
export interface KeptBytes extends FilePlace {
  readonly sizeBytes: number
  /** Hex. */
  readonly sha256: string
}

/** `{overwrites: [{match: {version_name?, version_class?}, custom: {…}}]}`: parameters of recipes for this file alone. */
export type CustomProduceConfig = Readonly<Record<string, unknown>>

/** What is said of a file when it comes. */
export interface FileFacts {
  readonly kind: FileKind
  readonly parentId: number | null
  readonly versionName: string | null
  readonly reference: string | null
  readonly uploadUser: number | null
  readonly originalFilepath: string
  /** Longest extension that a recipe knows, without a dot, in lower case; empty without one. */
  readonly extension: string
  readonly class: string
  readonly mimeType: string | null
  readonly remoteUrl: string | null
  /** The bytes stay at `remoteUrl`. */
  readonly leave: boolean
  readonly produceVersions: boolean
  readonly customProduceConfig: CustomProduceConfig | null
  /** Of a rendition: digest of its name and recipe. */
  readonly produceHash: string | null
  /** Of a produced original: parameters that it is made by. */
  readonly recipe: Readonly<Record<string, unknown>> | null
  readonly watermark: boolean
  readonly priority: number
}

/** Of files that have bytes here, all of `locationId`, `storageKey`, `sizeBytes` and `sha256` are set; of others none but perhaps the size. */
export interface StoredFile extends FileFacts {
  readonly id: number
  readonly uploadedAt: Date
  readonly state: FileState
  readonly stateAt: Date
  readonly problem: string | null
  readonly percentDone: number | null
  readonly locationId: number | null
  readonly storageKey: string | null
  readonly sizeBytes: number | null
  readonly sha256: string | null
  readonly hash: string
  readonly technical: TechnicalMetadata & Readonly<Record<string, unknown>>
  /** Null until it has been read. */
  readonly metadata: readonly MetadataTag[] | null
}

export const placeOf = ({ locationId, storageKey }: StoredFile): FilePlace | null =>
  locationId === null || storageKey === null ? null : { locationId, storageKey }

/** Renditions, and what is brought along with an original, are kept apart from originals. */
export type StoragePurpose = 'originals' | 'versions' | 'backups'
export const purposeOf = (kind: FileKind): StoragePurpose => (kind === 'rendition' || kind === 'manual' ? 'versions' : 'originals')

/** The name without folders, whichever way they are written. */
export const baseName = (filepath: string): string => filepath.slice(Math.max(filepath.lastIndexOf('/'), filepath.lastIndexOf('\\')) + 1)

/** What a file is called without its extension. */
export function bareName({ originalFilepath, extension }: Pick<StoredFile, 'originalFilepath' | 'extension'>): string {
  const name = baseName(originalFilepath)
  return extension !== '' && name.toLowerCase().endsWith(`.${extension}`) ? name.slice(0, -extension.length - 1) : name
}
