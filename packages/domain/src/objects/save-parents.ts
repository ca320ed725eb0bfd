/** A record's place among records of its type. The system id 0 stands for the top level among several parents. */
import { fail } from '../errors.ts'
import type { SystemIdOf } from './record-refs.ts'
import type { Draft } from './save-draft.ts'
import type { StoredRecord } from './write-store.ts'

export const TOP_LEVEL = 0

export function parentsOf(
  draft: Draft,
  stored: StoredRecord | undefined,
  systemIdOf: SystemIdOf,
): Pick<StoredRecord, 'parentId' | 'parents' | 'childIdx'> {
  const keeps = keepsPlace(draft)
  return {
    parentId: draft.parent ? (systemIdOf(draft.parent) ?? null) : keeps && draft.parent === undefined ? (stored?.parentId ?? null) : null,
    parents: severalOf(draft, stored, systemIdOf, keeps),
    childIdx: draft.childIdx ?? stored?.childIdx ?? null,
  }
}

/** Behind a mask that hides the parent, and in a merged change, saying nothing about it is no wish to leave it. */
const keepsPlace = ({ mask, mode }: Draft) => mode === 'merge' || !mask.system.parent.shown

function severalOf({ parents, where }: Draft, stored: StoredRecord | undefined, systemIdOf: SystemIdOf, keeps: boolean): readonly number[] {
  if (parents === undefined) return keeps ? (stored?.parents ?? []) : []
  const ids = parents.flatMap((ref) => (ref === null ? [TOP_LEVEL] : (systemIdOf(ref) ?? [])))
  if (new Set(ids).size < ids.length) fail('SchemaInconsistent', { msg: `${where}._parents: a parent stands in the list twice` })
  return ids
}
