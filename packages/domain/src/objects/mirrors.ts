/**
 * Links that are kept in step from both sides. When one side gains or loses a link, the record at the other end is written as
 * well; a column that holds one link only gives up the one it had, which is then lost at its other end too.
 */
import type { Column, Model, Table } from '../datamodel/model.ts'

export type Mirrors = ReadonlyMap<Column, ReadonlySet<Column>>

const known = new WeakMap<Model, Mirrors>()

/** For each link of a pair those that mirror it. */
export function mirrorsOf(model: Model): Mirrors {
  const found = known.get(model)
  if (found) return found
  const mirrors = new Map<Column, Set<Column>>()
  const add = (column: Column, other: Column) => mirrors.set(column, new Set([...(mirrors.get(column) ?? []), other]))
  for (const { bidirectional } of model.tables.values())
    for (const { columns } of bidirectional) {
      add(columns[0], columns[1])
      add(columns[1], columns[0])
    }
  known.set(model, mirrors)
  return mirrors
}

/** From the object type of a column down to the nested table it stands in; empty for a column of the record itself. */
export function nestedPath({ table }: Column): readonly Table[] {
  const path: Table[] = []
  for (let at = table; at.owner; at = at.owner) path.unshift(at)
  return path
}

export function objecttypeOfColumn({ table }: Column): Table {
  let at = table
  while (at.owner) at = at.owner
  return at
}
