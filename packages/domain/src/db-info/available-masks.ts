/** Masks that somebody may use for records, the one to take first in front. */
import { allowsMask, type Rights } from '../access/access.ts'
import type { Datamodel, Mask, Table } from '../datamodel/model.ts'
import type { Places } from '../places/places.ts'
import { fulfils } from '../tags/tag-condition.ts'

/** A record, real or not, and the caller's rights on it. */
export interface MaskCase {
  readonly rights: Rights
  /** Null when conditions on tags are taken as fulfilled. */
  readonly tags: readonly number[] | null
}

export interface MaskQuestion {
  readonly table: Table
  readonly datamodel: Datamodel
  readonly places: Places
  /** The pool whose order of masks counts; null for the order of the object type. */
  readonly poolId: number | null
  readonly root: boolean
}

export function availableMasks(question: MaskQuestion, cases: readonly MaskCase[]): { _id?: number; name: string }[] {
  const { table, datamodel, root } = question
  const usable = masksOf(question).filter((mask) => cases.every((one) => isUsable(mask, one, question)))
  const listed = usable.map(({ id, name }) => ({ ...(id !== null && { _id: id }), name }))
  return root ? [...listed, { name: datamodel.allFields(table).name }] : listed
}

/** All masks of the type that have an id: those that the pool names, those that the type names, the preferred one, the others. */
function masksOf({ table, datamodel, places, poolId }: MaskQuestion): Mask[] {
  const named = places.standardMasks(table, poolId).flatMap((id) => datamodel.masksById.get(id) ?? [])
  const others = [...datamodel.masksById.values()].toSorted((a, b) => Number(b.preferred) - Number(a.preferred))
  return [...new Set([...named, ...others])].filter((mask) => mask.table === table)
}

function isUsable(mask: Mask, { rights, tags }: MaskCase, { table, places, root }: MaskQuestion): boolean {
  if (mask.id === null) return false
  const condition = places.maskCondition(table, mask.id)
  if (condition && tags && !fulfils(new Set(tags), condition)) return false
  return root || allowsMask(rights, table.id, { id: mask.id, isStandard: mask.preferred })
}
