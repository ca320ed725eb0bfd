/** Files as callers see them: short, with their versions, or with everything that was read from them. */
import type { Schemas } from '@vitrine/contract/instance'
import { bareName, baseName, isOriginal, type FileState, type StoredFile } from './file.ts'
import type { FileRight } from './file-rights.ts'
import { compiledProps, compiledText } from './compiled-text.ts'
import type { FileUrls } from './file-urls.ts'

export type FileDocument = Schemas['File']
export type FileVersionDocument = Schemas['FileVersion']
export type FileFormat = 'short' | 'standard' | 'long'

export interface Described {
  readonly file: StoredFile
  /** What was made of it, manual versions included. */
  readonly versions: readonly StoredFile[]
  readonly right: FileRight
}

export interface DescriptorOptions {
  readonly format: FileFormat
  readonly urls: FileUrls
  /** Names of people by id. */
  readonly users: ReadonlyMap<number, NonNullable<FileDocument['upload_user']>>
  /** Whether the configuration manages a version by rights. */
  readonly isManaged: (file: StoredFile) => boolean
}

/** Unknown formats count as the shortest. */
export const formatOf = (text: string | undefined): FileFormat =>
  text === undefined || text === 'standard' ? 'standard' : text === 'long' ? 'long' : 'short'

export function describe({ file, versions, right }: Described, options: DescriptorOptions): FileDocument {
  const { technical } = file
  const user = file.uploadUser === null ? undefined : options.users.get(file.uploadUser)
  const bestDate = technical.date_time_original ?? technical.create_date ?? file.uploadedAt.toISOString()
  return {
    _id: file.id,
    eas_parent_id: file.parentId,
    reference: file.reference,
    ...(user && { upload_user: user }),
    date_uploaded: file.uploadedAt.toISOString(),
    best_date: bestDate,
    ...(file.sizeBytes !== null && { filesize: file.sizeBytes }),
    status: file.state,
    ...(file.problem !== null && { status_msg: file.problem }),
    last_status_at: file.stateAt.toISOString(),
    extension: file.extension,
    class: file.class,
    class_extension: classExtension(file),
    class_version_status: [file.class, file.versionName ?? 'original', file.state].join('.'),
    is_original: isOriginal(file),
    hash: file.hash,
    technical_metadata: technicalOf(file),
    compiled: compiledText(file),
    compiled_props: { ...compiledProps(file) },
    original_filepath: file.originalFilepath,
    original_filename: baseName(file.originalFilepath),
    original_filename_basename: bareName(file),
    ...(options.format !== 'short' && { versions: versionsOf({ file, versions, right }, options) }),
    ...(options.format === 'long' && { metadata: groupsOf(file) }),
  }
}

const classExtension = (file: StoredFile) => (file.extension === '' ? file.class : `${file.class}.${file.extension}`)

function technicalOf(file: StoredFile): NonNullable<FileDocument['technical_metadata']> {
  const { orientation, audio_codec: audio, video_codec: video, ...technical } = file.technical
  return {
    ...technical,
    ...(audio && { audio_codec: [...audio] }),
    ...(video && { video_codec: [...video] }),
    ...(orientation !== undefined && { orientation: String(orientation) }),
    ...(file.mimeType !== null && { mime_type: file.mimeType }),
    ...(file.sizeBytes !== null && { filesize: file.sizeBytes }),
    ...(file.sha256 !== null && { sha256_hash: file.sha256 }),
  }
}

function groupsOf({ metadata }: StoredFile): NonNullable<FileDocument['metadata']> {
  const groups = Object.groupBy(metadata ?? [], ({ group }) => group)
  return {
    groupnames: Object.keys(groups),
    groups: Object.fromEntries(Object.entries(groups).map(([name, tags = []]) => [name, tags.map((tag) => ({ ...tag }))])),
  }
}

/** The original is one of its versions. What the caller may neither show nor download is not named. */
function versionsOf({ file, versions, right }: Described, options: DescriptorOptions): Record<string, FileVersionDocument> {
  const all: [string, StoredFile][] = [
    ['original', file],
    ...versions.flatMap((version): [string, StoredFile][] => (version.versionName === null ? [] : [[version.versionName, version]])),
  ]
  const documents = all.flatMap(([name, version]): [string, FileVersionDocument][] => {
    const { show, download } = right.of(name, options.isManaged(version))
    return show || download ? [[name, { ...versionOf(file, name, version, options), _show_allowed: show, _download_allowed: download }]] : []
  })
  return Object.fromEntries(documents)
}

/** States in which a version has bytes to give; those of an original are there from the moment they have come. */
export const hasBytes = ({ storageKey, leave, state, kind }: StoredFile): boolean =>
  (storageKey !== null || leave) && (kind !== 'rendition' || USABLE.has(state))
const USABLE: ReadonlySet<FileState> = new Set<FileState>(['sync', 'done'])

function versionOf(file: StoredFile, name: string, version: StoredFile, { urls }: DescriptorOptions): FileVersionDocument {
  const { technical } = version
  const at = { fileId: file.id, hash: version.hash, version: name, extension: version.extension }
  const isImage = version.class === 'image' && technical.width !== undefined
  return {
    _id: version.id,
    status: version.state,
    ...(version.problem !== null && { status_msg: version.problem }),
    ...(version.percentDone !== null && { percent_done: version.percentDone }),
    class: version.class,
    extension: version.extension,
    class_extension: classExtension(version),
    ...(version.sizeBytes !== null && { filesize: version.sizeBytes }),
    hash: version.hash,
    ...(technical.width !== undefined && { width: technical.width }),
    ...(technical.height !== undefined && { height: technical.height }),
    ...(technical.aspect_ratio !== undefined && { aspect_ratio: technical.aspect_ratio }),
    ...(technical.orientation !== undefined && { orientation: String(technical.orientation) }),
    ...(technical.dpi !== undefined && { dpi: technical.dpi }),
    ...(technical.blurhash !== undefined && { blurhash: technical.blurhash }),
    watermark: version.watermark,
    date_created: version.uploadedAt.toISOString(),
    last_status_at: version.stateAt.toISOString(),
    technical_metadata: technicalOf(version),
    ...(hasBytes(version) && {
      path: urls.path(at),
      url: urls.download(at),
      ...(isImage && { zoom_url: urls.zoom(at), iiif_url: urls.iiif(at) }),
    }),
  }
}
