/** Where a value of a unique key stands in a record, as messages name places. */
import type { Column, Datamodel } from '../datamodel/model.ts'
import { NO_ROW } from './content.ts'
import { nestedPath } from './mirrors.ts'
import { under } from './where.ts'
import type { UniqueRow } from './write-store.ts'

/** Which row of a nested table it is does not follow from the value alone; the table is named, and the first column of the key. */
export function pathOfRow(where: string, { model }: Datamodel, { key, rowUuid }: UniqueRow): string {
  const column = columnOfKey(model, key)
  if (!column) return where
  if (rowUuid === NO_ROW) return under(where, column.name)
  return nestedPath(column).reduce((path, table) => under(path, `_nested:${table.name}`), where)
}

function columnOfKey({ tables }: Datamodel['model'], key: string): Column | undefined {
  for (const { uniqueKeys } of tables.values()) {
    const found = uniqueKeys.find((candidate) => candidate.key === key)
    if (found) return found.columns[0]
  }
  return undefined
}
