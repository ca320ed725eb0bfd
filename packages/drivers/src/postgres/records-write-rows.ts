/** Rows of records as the raw client gives them, and as statements take them. */
import type { Identity, RecordRow, StoredRecord } from '@vitrine/domain/objects/write-store'

export interface IdentityRow {
  system_id: string
  table_id: number
  object_id: string
  uuid: string
}
export interface StoredRow extends IdentityRow {
  version: number
  schema_version: number
  created_at: Date
  modified_at: Date
  create_user: string | null
  owner_user: string | null
  owner_group: string | null
  pool_id: string | null
  parent_id: string | null
  tags: string[]
  content: Record<string, unknown>
}

export const identityOf = (row: IdentityRow): Identity => ({
  systemId: Number(row.system_id),
  tableId: row.table_id,
  objectId: Number(row.object_id),
  uuid: row.uuid,
})

const idOf = (value: string | null) => (value === null ? null : Number(value))

export const storedOf = (row: StoredRow): StoredRecord => ({
  ...identityOf(row),
  version: row.version,
  schemaVersion: row.schema_version,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  createUser: idOf(row.create_user),
  ownerUser: idOf(row.owner_user),
  ownerGroup: idOf(row.owner_group),
  poolId: idOf(row.pool_id),
  parentId: idOf(row.parent_id),
  tags: row.tags.map(Number),
  content: row.content,
})

/** The keys are short: they are sent once per record. */
export const parameterOf = (row: RecordRow) => ({
  s: row.systemId,
  t: row.tableId,
  o: row.objectId,
  u: row.uuid,
  v: row.version,
  sv: row.schemaVersion,
  ca: row.createdAt,
  ma: row.modifiedAt,
  cu: row.createUser,
  ou: row.ownerUser,
  og: row.ownerGroup,
  p: row.poolId,
  pa: row.parentId,
  tg: row.tags,
  by: row.savedBy,
  cm: row.comment,
  c: row.content,
})
