/** Records as access sees them. */
import type { Grant } from '@vitrine/domain/people/stored-grants'

export interface SubjectRow {
  systemId: number
  tableId: number
  poolId: number | null
  parentId: number | null
  tags: number[]
  ownerUser: number | null
  ownerGroup: number | null
  privateAcl: boolean
  acl: Grant[] | null
}
/** What access has to know of a record `r`. */
export const SUBJECT_COLUMNS = `
  r.system_id::float8 as "systemId", r.table_id as "tableId", r.pool_id::float8 as "poolId", r.parent_id::float8 as "parentId",
  r.tags::float8[] as tags, r.owner_user::float8 as "ownerUser", r.owner_group::float8 as "ownerGroup", r.private_acl as "privateAcl", r.acl`
