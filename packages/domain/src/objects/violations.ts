/**
 * Which rules of the datamodel a stored record breaks, as the system tags that say so. A record comes to break a rule when the
 * rule is younger than the record, or when somebody asked for the rules to be passed over. Judging is free of side effects and
 * the same for a save and for the walk through all records after a commit.
 */
import type { Table } from '../datamodel/model.ts'
import { columnKey, nestedKey, type Content, type StoredRow } from './content.ts'
import { uniqueRowsOf } from './unique.ts'
import { brokenRule } from './values/checks.ts'
import type { UniqueRow } from './write-store.ts'

/** Required values, checks, lengths, ranges, and the pool of a type whose records are kept in pools. */
export const CHECK_VIOLATION = 'CHECK_VIOLATION'
export const UNIQUE_KEY_VIOLATION = 'UNIQUE_KEY_VIOLATION'
export const NESTED_UNIQUE_KEY_VIOLATION = 'NESTED_UNIQUE_KEY_VIOLATION'
export const TAGS_CHOICE_VIOLATION = 'TAGS_CHOICE_VIOLATION'

export interface JudgedRecord {
  readonly systemId: number
  readonly parentId: number | null
  readonly poolId: number | null
  readonly tags: readonly number[]
  readonly content: Content
}

/** What the record alone does not tell. */
export interface Surroundings {
  /** Whether another record has this value too. */
  readonly isShared: (row: UniqueRow) => boolean
  /** The group of a tag, if a record may carry only one of its tags. */
  readonly choiceGroupOf: (tag: number) => number | undefined
  /** How long one expression may take over one text. */
  readonly longestMs?: number
}

/** In alphabetical order, each at most once. */
export function violationsOf(table: Table, record: JudgedRecord, { isShared, choiceGroupOf, longestMs }: Surroundings): string[] {
  const violations = new Set<string>()
  if ((table.poolLink && record.poolId === null) || breaksCheck(table, record.content, longestMs)) violations.add(CHECK_VIOLATION)
  const seen = new Set<string>()
  for (const row of uniqueRowsOf(table, record)) {
    const value = `${row.key} ${row.digest}`
    if (seen.has(value) || isShared(row)) violations.add(uniqueViolation(table, row.key))
    seen.add(value)
  }
  if (table.hasTags && hasTwoChoices(record.tags, choiceGroupOf)) violations.add(TAGS_CHOICE_VIOLATION)
  return [...violations].toSorted()
}

/** What breaking this key of the record or of its rows is called. */
export const uniqueViolation = (table: Table, key: string): string =>
  table.uniqueKeys.some((own) => own.key === key) ? UNIQUE_KEY_VIOLATION : NESTED_UNIQUE_KEY_VIOLATION

function breaksCheck(table: Table, content: Content, longestMs: number | undefined): boolean {
  if (table.columns.some((column) => brokenRule(column, content[columnKey(column)], longestMs) !== undefined)) return true
  return table.nested.some((nested) => {
    const rows = content[nestedKey(nested)] as readonly StoredRow[] | undefined
    return rows ? rows.some((row) => breaksCheck(nested, row, longestMs)) : table.nestedNotNull.has(nested.id)
  })
}

function hasTwoChoices(tags: readonly number[], choiceGroupOf: Surroundings['choiceGroupOf']): boolean {
  const groups = [...new Set(tags)].flatMap((tag) => choiceGroupOf(tag) ?? [])
  return new Set(groups).size < groups.length
}
