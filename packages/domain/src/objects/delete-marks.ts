/**
 * Unique values and system tags of records that are stored without being refused: what somebody else holds stays theirs, and
 * the record is marked.
 */
import type { Table } from '../datamodel/model.ts'
import { uniqueRowsOf } from './unique.ts'
import { violationsOf, type JudgedRecord } from './violations.ts'
import type { RecordTransaction, UniqueRow } from './write-store.ts'

/** Long enough for any honest expression; many records are judged in one request. */
const LONGEST_MATCH_MS = 20

export async function marksOf(
  tx: RecordTransaction,
  table: Table,
  records: readonly JudgedRecord[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const uniques = records.flatMap((record) => uniqueRowsOf(table, record))
  const held = new Set(uniques.length > 0 ? (await tx.claimUniques(uniques)).map(placeOf) : [])
  const groups = await choiceGroups(tx, table, records)
  const around = {
    isShared: (row: UniqueRow) => held.has(placeOf(row)),
    choiceGroupOf: (tag: number) => groups.get(tag),
    longestMs: LONGEST_MATCH_MS,
  }
  return new Map(records.map((record) => [record.systemId, violationsOf(table, record, around)]))
}

const placeOf = ({ key, digest, fromId, rowUuid }: UniqueRow) => `${fromId} ${rowUuid} ${key} ${digest}`

async function choiceGroups(tx: RecordTransaction, table: Table, records: readonly JudgedRecord[]): Promise<ReadonlyMap<number, number>> {
  const ids = [...new Set(records.flatMap(({ tags }) => tags))]
  if (!table.hasTags || ids.length === 0) return new Map()
  const tags = await tx.tags({ ids, references: [] })
  return new Map(tags.filter(({ group }) => group.choice).map(({ id, group }) => [id, group.id]))
}
