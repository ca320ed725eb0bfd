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
  parents: string[]
  child_idx: string | null
  tags: string[]
  acl: StoredRecord['acl']
  private_acl: boolean
  system_tags: string[]
  content: Record<string, unknown>
}

/** Columns of a stored record, as `storedOf` takes them. */
export const STORED_COLUMNS = `system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, create_user, owner_user,
  owner_group, pool_id, parent_id, parents, child_idx, tags, acl, private_acl, system_tags, content`
/** What a record and each of its versions say alike, and the short names under which it travels. */
export const PLACEMENT_COLUMNS = 'owner_user, owner_group, pool_id, parent_id, parents, child_idx, tags, acl, private_acl, content'
export const PLACEMENT_PARAMETERS = 'ou, og, p, pa, ps, ci, tg, al, pv, c'
export const PLACEMENT_TYPES = 'ou bigint, og bigint, p bigint, pa bigint, ps bigint[], ci bigint, tg bigint[], al jsonb, pv boolean, c jsonb'

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
  parents: row.parents.map(Number),
  childIdx: idOf(row.child_idx),
  tags: row.tags.map(Number),
  acl: row.acl,
  privateAcl: row.private_acl,
  systemTags: row.system_tags,
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
  ps: row.parents,
  ci: row.childIdx,
  tg: row.tags,
  al: row.acl,
  pv: row.privateAcl,
  st: row.systemTags,
  by: row.savedBy,
  cm: row.comment,
  c: row.content,
})
