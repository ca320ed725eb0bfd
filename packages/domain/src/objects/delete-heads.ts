/** The records of a request, found by their own ids and judged by the versions that the caller knows. */
import type { Model, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { DeletionRequest } from './delete-request.ts'
import type { RecordHead } from './delete-store.ts'
import type { RecordTransaction } from './write-store.ts'

/** Statements carry so many records at a time, and so many contents are held in memory. */
export const PAGE = 1000

const absent = (objectId: number): never => fail('LookupNotFound', { key: '_id', value: String(objectId) })

/** System ids in the order of the request; nothing is locked. */
export async function rootsOf(tx: RecordTransaction, { table, items }: DeletionRequest): Promise<number[]> {
  const objects = items.map(([objectId]) => ({ tableId: table.id, objectId }))
  const found = await tx.findRecords({ systemIds: [], uuids: [], objects })
  const byObject = new Map(found.map(({ objectId, systemId }) => [objectId, systemId]))
  return items.map(([objectId]) => byObject.get(objectId) ?? absent(objectId))
}

/** The locked records of the request in its order, each of the version that the caller has seen. */
export function judgedHeads({ table, items }: DeletionRequest, locked: readonly RecordHead[]): RecordHead[] {
  const byObject = new Map(locked.filter(({ tableId }) => tableId === table.id).map((head) => [head.objectId, head]))
  return items.map(([objectId, version]) => {
    const head = byObject.get(objectId) ?? absent(objectId)
    if (head.version !== version) fail('VersionMismatch', { currentversion: head.version, receivedversion: version, expectedversion: head.version })
    return head
  })
}

export function requireDistinct({ items }: DeletionRequest): void {
  const seen = new Set<number>()
  for (const [objectId] of items) {
    if (seen.has(objectId)) fail('SchemaInconsistent', { msg: `the id ${objectId} stands twice in the request` })
    seen.add(objectId)
  }
}

export const tableOf = (model: Model, tableId: number): Table => model.tables.get(tableId) ?? fail('UnknownObjecttype', { objecttype: `#${tableId}` })

export function byTable<T extends { readonly tableId: number }>(model: Model, records: readonly T[]): [Table, T[]][] {
  const groups = new Map<number, T[]>()
  for (const record of records) {
    const group = groups.get(record.tableId)
    if (group) group.push(record)
    else groups.set(record.tableId, [record])
  }
  return [...groups].map(([tableId, group]) => [tableOf(model, tableId), group])
}
