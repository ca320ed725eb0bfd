/**
 * Changes that are merged into what is stored, instead of replacing it: of several records at once (`_id` is a list), or of one
 * whose version the server counts. Only what was sent changes. Modifiers beside a key say how.
 */
import type { Column, Table } from '../datamodel/model.ts'
import { unreadable } from './record-ref.ts'
import type { ParsedNestedRow } from './save-draft.ts'

export const NESTED_MODES = ['append', 'prepend', 'replace', 'remove', 'match_merge'] as const
export const TAG_MODES = ['tag_add', 'tag_replace', 'tag_remove', 'tag_remove_all'] as const
export const ACL_MODES = ['acl_add', 'acl_replace', 'acl_remove', 'acl_remove_all'] as const
export type NestedMode = (typeof NESTED_MODES)[number]
export type TagMode = (typeof TAG_MODES)[number]
export type AclMode = (typeof ACL_MODES)[number]

/** Rows that equal `match` in the columns it names get the columns of `merge`. */
export interface MatchMerge {
  readonly match: ParsedNestedRow
  readonly merge: ParsedNestedRow
}

/** Part of a text that is looked for, and what takes its place. */
export interface Replacement {
  readonly search: string
  readonly replace: string
}

export interface RowEdit {
  /** Columns and nested tables that were sent, with or without a value. */
  readonly named: ReadonlySet<Column | Table>
  readonly modes: ReadonlyMap<Table, NestedMode>
  readonly matches: ReadonlyMap<Table, readonly MatchMerge[]>
  /** Text to put behind the stored one; for localised columns by language. */
  readonly appended: ReadonlyMap<Column, string | Readonly<Record<string, string>>>
  readonly replaced: ReadonlyMap<Column, Replacement>
}

export interface GroupEdit {
  readonly tags: TagMode
  readonly acl: AclMode
}

/** One of the words that a modifier knows. */
export function modeOf<M extends string>(modes: readonly M[], value: unknown, where: string): M {
  return modes.find((mode) => mode === value) ?? unreadable(where, `one of ${modes.join(', ')} is expected`)
}
