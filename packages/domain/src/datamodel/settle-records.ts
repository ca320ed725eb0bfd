/**
 * What a commit changes beside the records themselves. A new unique key gets rows for the records there are, so that it
 * holds from the first save on and lookups find them; where two records share a value already, the older one keeps it. That
 * alone is done while saves wait. Which records break a rule that has changed is found out afterwards (`violation-marks.ts`).
 * The records' own content is never touched.
 */
import { uniqueRowsOf } from '../objects/unique.ts'
import { changedConstraints, removedColumns, removedObjecttypes } from './changes.ts'
import { compileSchema } from './compile-schema.ts'
import type { DatamodelTransaction } from './datamodel-store.ts'
import type { SchemaDocument } from './documents.ts'
import type { Model, Table } from './model.ts'

const PAGE = 1000

/** Answers whether there are records to be judged anew. */
export async function settleRecords(current: SchemaDocument, head: SchemaDocument, tx: DatamodelTransaction): Promise<boolean> {
  const [before, after] = [compileSchema(current), compileSchema(head)]
  const [oldKeys, newKeys] = [keysOf(before), keysOf(after)]
  const added = new Set([...newKeys].filter((key) => !oldKeys.has(key)))
  await tx.forget({
    tableIds: removedObjecttypes(current, head).map((table) => table.table_id ?? 0),
    columnIds: removedColumns(current, head),
    uniqueKeys: [...oldKeys].filter((key) => !newKeys.has(key)),
  })
  for (const table of after.objecttypes)
    if (before.tables.has(table.id) && keysBelow(table).some((key) => added.has(key))) await addKeys(table, added, tx)
  const changed = changedConstraints(before, after).map(({ id }) => id)
  if (changed.length > 0) await tx.judgeAnew(changed)
  return changed.length > 0
}

async function addKeys(table: Table, added: ReadonlySet<string>, tx: DatamodelTransaction): Promise<void> {
  for (let after = 0; ;) {
    const records = await tx.records(table.id, after, PAGE)
    const rows = records.flatMap((record) => uniqueRowsOf(table, record)).filter((row) => added.has(row.key))
    if (rows.length > 0) await tx.addUniqueRows(rows)
    if (records.length < PAGE) return
    after = records.at(-1)?.systemId ?? after
  }
}

const keysOf = (model: Model) => new Set([...model.tables.values()].flatMap((table) => table.uniqueKeys.map((key) => key.key)))
const keysBelow = (table: Table): string[] => [...table.uniqueKeys.map((key) => key.key), ...table.nested.flatMap(keysBelow)]
