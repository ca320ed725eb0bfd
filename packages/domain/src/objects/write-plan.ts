/** What may be sent through a mask: its fields by the keys that stand in a record. Worked out once per mask. */
import type { ColumnField, Mask, MaskField, NestedField, ReverseField, Table } from '../datamodel/model.ts'

export interface NestedPlan {
  readonly field: NestedField
  readonly plan: WritePlan
}
export interface WritePlan {
  readonly table: Table
  /** By column name and by column id. */
  readonly columns: ReadonlyMap<string, ColumnField>
  readonly byColumn: ReadonlyMap<number, ColumnField>
  /** By `_nested:<table>` and by table id. */
  readonly nested: ReadonlyMap<string, NestedPlan>
  readonly byTable: ReadonlyMap<number, NestedPlan>
  readonly reverse: ReadonlyMap<string, ReverseField>
}

const plans = new WeakMap<Mask, WritePlan>()

export function writePlanOf(mask: Mask): WritePlan {
  const known = plans.get(mask)
  if (known) return known
  const plan = planOf(mask.table, mask.fields)
  plans.set(mask, plan)
  return plan
}

function planOf(table: Table, fields: readonly MaskField[]): WritePlan {
  const columns = new Map<string, ColumnField>()
  const byColumn = new Map<number, ColumnField>()
  const nested = new Map<string, NestedPlan>()
  const byTable = new Map<number, NestedPlan>()
  const reverse = new Map<string, ReverseField>()
  for (const field of fields) {
    if (field.kind === 'linked-table') {
      const entry = { field, plan: planOf(field.table, field.fields) }
      nested.set(`_nested:${field.table.name}`, entry)
      byTable.set(field.table.id, entry)
    } else if (field.kind === 'reverse-linked-table') reverse.set(reverseKey(field), field)
    else {
      columns.set(field.column.name, field)
      byColumn.set(field.column.id, field)
    }
  }
  return { table, columns, byColumn, nested, byTable, reverse }
}

const reverseKey = ({ slot }: ReverseField) => `_reverse_nested:${slot.table.name}:${slot.column?.name ?? '_id_parent'}`
