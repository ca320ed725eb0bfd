/** Whether a save would store what is stored already. */
import { canonicalJson } from './values/plain-json.ts'
import type { RecordRow, StoredRecord } from './write-store.ts'

const partsOf = ({ ownerUser, ownerGroup, poolId, parentId, parents, childIdx, tags, acl, privateAcl, content }: StoredRecord) =>
  canonicalJson([ownerUser, ownerGroup, poolId, parentId, [...parents], childIdx, [...tags], acl, privateAcl, content])

export const sameRow = (stored: StoredRecord, row: RecordRow): boolean => partsOf(stored) === partsOf(row)
