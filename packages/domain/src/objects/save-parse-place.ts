/** Where a record stands: its pool, and its place among records of its type. These keys are inside the block. */
import type { Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Problems } from './problems.ts'
import { parseLookup, parseRecordRef, requireId, requirePresent, unreadable, type RecordRef } from './record-ref.ts'
import type { BaseRef, Draft } from './save-draft.ts'
import { parseBaseRef } from './save-parse-envelope.ts'
import { isObject } from './values/plain-json.ts'
import { under } from './where.ts'

type Json = Readonly<Record<string, unknown>>

/** Keys of the block that are no fields. `_child_numbering` and `_parent_child_idx` follow from the order of children. */
const KEYS = new Set([
  ...['_id', '_version', '_version:auto_increment', 'lookup:_id', '_pool', '_id_parent', 'lookup:_id_parent', '_parents'],
  ...['_parent_child_idx', '_child_idx', '_child_numbering'],
])

export const isPlaceKey = (key: string): boolean => KEYS.has(key)

/** More parents than this would make the number of ways to a record grow out of hand. */
const MOST_PARENTS = 100

const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })
const isGiven = (value: unknown) => value !== undefined && value !== null

export function parsePlace(block: Json, table: Table, where: string, problems: Problems): Pick<Draft, 'pool' | 'parent' | 'parents' | 'childIdx'> {
  return {
    pool: problems.attempt(under(where, '_pool'), () => parsePool(block, table, where)) ?? null,
    parent: problems.attempt(under(where, '_id_parent'), () => parseParent(block, table, where)),
    parents: problems.attempt(under(where, '_parents'), () => parseParents(block, table, where)),
    childIdx: problems.attempt(under(where, '_child_idx'), () => parseChildIdx(block, table, where)) ?? null,
  }
}

function parsePool(block: Json, table: Table, where: string): BaseRef | null {
  const value = block._pool
  if (!isGiven(value)) return null
  const place = under(where, '_pool')
  if (!table.poolLink) return refuse(place, `records of ${table.name} are not kept in pools`)
  if (!isObject(value) || !isObject(value.pool)) return unreadable(place, 'an object with a `pool` is expected')
  return parseBaseRef(value.pool, under(place, 'pool'))
}

function parseParent(block: Json, table: Table, where: string): RecordRef | null | undefined {
  const { _id_parent: id } = block
  const lookup = block['lookup:_id_parent']
  if (!isGiven(id) && !isGiven(lookup)) return id === null || lookup === null ? null : undefined
  if (!table.hierarchical) return refuse(where, `${table.name} is not hierarchical, so its records have no single parent`)
  const place = under(where, isGiven(lookup) ? 'lookup:_id_parent' : '_id_parent')
  if (isGiven(lookup)) return { table, where: place, ...requirePresent(parseLookup(table, lookup, place), place) }
  return parseRecordRef(table, { [table.name]: { _id: id } }, place)
}

function parseParents(block: Json, table: Table, where: string): readonly (RecordRef | null)[] | undefined {
  const value = block._parents
  if (value === undefined) return undefined
  const place = under(where, '_parents')
  if (value !== null && !Array.isArray(value)) return unreadable(place, 'a list of parents is expected')
  const list: readonly unknown[] = value ?? []
  if (!table.polyhierarchical) return list.length === 0 ? undefined : refuse(place, `records of ${table.name} do not have several parents`)
  if (list.length > MOST_PARENTS) return refuse(place, `a record has at most ${MOST_PARENTS} parents`)
  return list.map((entry, i) => parseParentEntry(table, entry, `${place}[${i}]`))
}

/** Written like a link, or as the bare block of one; null, or an id that is null, stands for the top level. */
function parseParentEntry(table: Table, entry: unknown, where: string): RecordRef | null {
  if (entry === null) return null
  if (!isObject(entry)) return unreadable(where, 'a parent is expected')
  const block = entry[table.name] ?? entry
  if (isObject(block) && block._id === null && !isGiven(block['lookup:_id'])) return null
  const link = entry[table.name] === undefined && entry._objecttype === undefined ? { ...entry, [table.name]: entry } : entry
  return requirePresent(parseRecordRef(table, link, where), where)
}

function parseChildIdx(block: Json, table: Table, where: string): number | null {
  const value = block._child_idx
  if (!isGiven(value)) return null
  const place = under(where, '_child_idx')
  if (!table.hierarchical && !table.polyhierarchical) return refuse(place, `records of ${table.name} have no place among children`)
  return value === 0 ? 0 : requireId(value, place)
}
