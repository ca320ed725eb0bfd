/**
 * The door for schema documents: one goes in as a person or program wrote it and comes out complete, with an id for
 * everything, every reference both by id and by name, and all defaults written down. Whatever comes out can be compiled.
 * Doing it twice changes nothing. What only the stored records can tell (a removed object type that is in use, a type
 * change under data) is asked by the service inside its transaction.
 */
import { demandType } from './column-types.ts'
import { kindOf, plainColumns, refuse, type SchemaColumn, type SchemaDocument, type SchemaTable } from './documents.ts'
import { SchemaIndex } from './schema-index.ts'
import { assignIds, validateHomes, validateNames, type SchemaBaseline } from './schema-ids.ts'
import { validateChecks } from './validate-checks.ts'
import { resolveBidirectional, resolveForeignKeys, resolveUniqueKeys } from './validate-keys.ts'
import { refuseLoops, resolveNestedSlots, resolveOwners, resolveReverseSlots, validateFlags } from './validate-tables.ts'

export type { SchemaBaseline }

export function normaliseSchema(sent: SchemaDocument, baseline: SchemaBaseline): SchemaDocument {
  validateOrigin(sent, baseline.current)
  const document: SchemaDocument = structuredClone(sent)
  document.tables = document.tables.map(withDefaults)
  validateNames(document)
  for (const table of document.tables) for (const column of plainColumns(table)) validateColumn(table, column)
  assignIds(document, baseline)
  validateHomes(document, baseline.current)

  const index = new SchemaIndex(document)
  resolveOwners(document, index)
  for (const table of document.tables) validateFlags(table)
  resolveNestedSlots(document, index)
  const targets = resolveForeignKeys(document, index)
  resolveReverseSlots(document, index, targets)
  refuseLoops(document, targets)
  resolveUniqueKeys(document, index)
  resolveBidirectional(document, index, targets)

  return {
    ...document,
    version: baseline.current.version + 1,
    based_on_version: baseline.current.version,
    based_on_base_version: baseline.current.based_on_base_version ?? null,
    committed_at: null,
  }
}

/** What was read before the first change carries the number of the commit, afterwards that of the working copy. */
function validateOrigin(sent: SchemaDocument, current: SchemaDocument): void {
  if (sent.version !== current.version && sent.version !== current.version + 1)
    refuse(`version ${sent.version} is neither the committed version ${current.version} nor the working copy ${current.version + 1}`)
  const based = sent.based_on_version
  if (based !== null && based !== undefined && based !== current.version && based !== (current.based_on_version ?? 0))
    refuse(`based_on_version ${based} does not belong to the working copy, which is based on ${current.version}`)
}

function withDefaults(table: SchemaTable): SchemaTable {
  return {
    ...table,
    pool_link: table.pool_link ?? false,
    acl_table: table.acl_table ?? false,
    has_tags: table.has_tags ?? false,
    is_hierarchical: table.is_hierarchical ?? false,
    polyhierarchical: table.polyhierarchical ?? false,
    in_main_search: table.in_main_search ?? false,
    columns: table.columns.map(columnWithDefaults),
    foreign_keys: table.foreign_keys ?? [],
    unique_keys: table.unique_keys ?? [],
    bidirectional: table.bidirectional ?? [],
  }
}

/** Labels are answered with the columns and come back with them; they are kept elsewhere. */
function columnWithDefaults(column: SchemaColumn): SchemaColumn {
  const complete = { ...column, kind: kindOf(column), not_null: column.not_null ?? false }
  delete (complete as { name_localized?: unknown }).name_localized
  return complete
}

function validateColumn(table: SchemaTable, column: SchemaColumn): void {
  const where = `${table.name}.${column.name}`
  const type = demandType(column.type)
  if (column.reverse_edit && type !== 'link') refuse(`${where}: only links can be owned by their target`)
  validateChecks(column, type, where)
}
