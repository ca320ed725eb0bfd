/** Rows of files as the client gives them, and as statements take them. */
import type { StoredFile } from '@vitrine/domain/files/file'
import type { FileChange, NewFile } from '@vitrine/domain/files/file-store'

const COLUMNS = `f.id::float8 as id, f.kind, f.parent_id::float8 as "parentId", f.version_name as "versionName", f.reference,
  f.upload_user::float8 as "uploadUser", f.uploaded_at as "uploadedAt", f.state, f.state_at as "stateAt", f.problem, f.percent_done as "percentDone",
  f.location_id::float8 as "locationId", f.storage_key as "storageKey", f.size_bytes::float8 as "sizeBytes", f.sha256, f.hash,
  f.mime_type as "mimeType", f.extension, f.class, f.original_filepath as "originalFilepath", f.remote_url as "remoteUrl", f.leave,
  f.produce_versions as "produceVersions", f.custom_produce_config as "customProduceConfig", f.produce_hash as "produceHash", f.recipe, f.priority,
  f.watermark, f.technical`
export const FILE_COLUMNS = `${COLUMNS}, f.metadata`
/** What is shown of files in records, without what may be long. */
export const SHOWN_COLUMNS = `${COLUMNS}, null as metadata`

/** The columns of `add`, under the names that rows travel by, with their types. */
const TYPES = {
  id: 'bigint',
  kind: 'text',
  parent_id: 'bigint',
  version_name: 'text',
  reference: 'text',
  upload_user: 'bigint',
  state: 'text',
  problem: 'text',
  location_id: 'bigint',
  storage_key: 'text',
  size_bytes: 'bigint',
  sha256: 'text',
  hash: 'text',
  mime_type: 'text',
  extension: 'text',
  class: 'text',
  original_filepath: 'text',
  remote_url: 'text',
  leave: 'boolean',
  produce_versions: 'boolean',
  custom_produce_config: 'jsonb',
  produce_hash: 'text',
  recipe: 'jsonb',
  priority: 'int',
  watermark: 'boolean',
  technical: 'jsonb',
  metadata: 'jsonb',
} as const

export const NEW_COLUMNS = Object.keys(TYPES).join(', ')
export const NEW_TYPES = Object.entries(TYPES)
  .map(([name, type]) => `${name} ${type}`)
  .join(', ')

export const newRow = (file: NewFile): Record<keyof typeof TYPES, unknown> => ({
  id: file.id,
  kind: file.kind,
  parent_id: file.parentId,
  version_name: file.versionName,
  reference: file.reference,
  upload_user: file.uploadUser,
  state: file.state,
  problem: file.problem,
  location_id: file.bytes?.locationId ?? null,
  storage_key: file.bytes?.storageKey ?? null,
  size_bytes: file.bytes?.sizeBytes ?? file.sizeBytes,
  sha256: file.bytes?.sha256 ?? null,
  hash: file.hash,
  mime_type: file.mimeType,
  extension: file.extension,
  class: file.class,
  original_filepath: file.originalFilepath,
  remote_url: file.remoteUrl,
  leave: file.leave,
  produce_versions: file.produceVersions,
  custom_produce_config: file.customProduceConfig,
  produce_hash: file.produceHash,
  recipe: file.recipe,
  priority: file.priority,
  watermark: file.watermark,
  technical: file.technical,
  metadata: file.metadata,
})

/** Columns that a change may set, by the name of its property. `bytes` is spread over four of them. */
const CHANGEABLE = {
  state: ['state', 'text'],
  problem: ['problem', 'text'],
  percentDone: ['percent_done', 'int'],
  hash: ['hash', 'text'],
  mimeType: ['mime_type', 'text'],
  extension: ['extension', 'text'],
  class: ['class', 'text'],
  reference: ['reference', 'text'],
  originalFilepath: ['original_filepath', 'text'],
  customProduceConfig: ['custom_produce_config', 'jsonb'],
  technical: ['technical', 'jsonb'],
  metadata: ['metadata', 'jsonb'],
} as const satisfies { readonly [K in keyof FileChange]?: readonly [string, string] }
const BYTES = { location_id: 'bigint', storage_key: 'text', size_bytes: 'bigint', sha256: 'text' } as const
const CHANGED: readonly (readonly [string, string])[] = [...Object.values(CHANGEABLE), ...Object.entries(BYTES)]

export const CHANGE_TYPES = `id bigint, "from" text[], sets text[], ${CHANGED.map(([name, type]) => `${name} ${type}`).join(', ')}`
export const CHANGE_SETS = CHANGED.map(([name]) => `${name} = case when '${name}' = any(s.sets) then s.${name} else f.${name} end`).join(', ')

export function changeRow({ id, from, bytes, ...change }: FileChange): Record<string, unknown> {
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  const sets = given.map(([name, value]) => [CHANGEABLE[name as keyof typeof CHANGEABLE][0], value] as const)
  const place = bytes
    ? [
        ['location_id', bytes.locationId] as const,
        ['storage_key', bytes.storageKey] as const,
        ['size_bytes', bytes.sizeBytes] as const,
        ['sha256', bytes.sha256] as const,
      ]
    : []
  const all = [...sets, ...place]
  return { id, from, sets: all.map(([name]) => name), ...Object.fromEntries(all) }
}

/** Dates come as such, everything else as the types say. */
export type FileRow = StoredFile
