/**
 * A record's tags and access list as rows of their own, which is how lists of records find it. Entries that never give
 * anything, or that somebody without a name would get, have no row; the place in the list numbers those that do.
 */
import type { Grant } from '../people/stored-grants.ts'
import { conditionOf, whoOf } from './grants.ts'
import { beginOf, endOf } from './moments.ts'

export interface TagRow {
  readonly tagId: number
  readonly tableId: number
  readonly systemId: number
}

export interface GrantRow {
  readonly systemId: number
  readonly position: number
  readonly userId: number | null
  readonly groupId: number | null
  readonly role: 'owner' | 'pool_contact' | null
  readonly sticky: boolean
  readonly data: GrantFacts
}

/** What a list of readable records has to know of an entry. */
export interface GrantFacts {
  /** Whether its own rights let a record be read; with `preset` that preset's rights count instead. */
  readonly read: boolean
  readonly preset?: number
  /** Milliseconds; missing where the entry has no begin or end. */
  readonly from?: number
  readonly until?: number
  readonly all?: readonly number[]
  readonly any?: readonly number[]
  readonly not?: readonly number[]
}

export function tagRowsOf(record: { readonly systemId: number; readonly tableId: number; readonly tags: readonly number[] }): TagRow[] {
  return [...new Set(record.tags)].map((tagId) => ({ tagId, tableId: record.tableId, systemId: record.systemId }))
}

export function grantRowsOf({ systemId, acl }: { readonly systemId: number; readonly acl: readonly Grant[] | null }): GrantRow[] {
  return (acl ?? []).flatMap((grant, position): GrantRow[] => {
    const who = whoOf(grant)
    if (!who || grant.active === false) return []
    const userId = who.kind === 'user' ? who.id : null
    const groupId = who.kind === 'group' ? who.id : null
    const role = who.kind === 'owner' || who.kind === 'pool_contact' ? who.kind : null
    return [{ systemId, position, userId, groupId, role, sticky: grant.sticky === true, data: factsOf(grant) }]
  })
}

/** A right to delete or write brings the right to read along. */
export const READING = ['read', 'write', 'delete'] as const

function factsOf(grant: Grant): GrantFacts {
  const [from, until] = [beginOf(grant.when?.from), endOf(grant.when?.to)]
  const condition = conditionOf([grant.tagfilter])
  return {
    read: READING.some((name) => grant.rights[name] !== undefined),
    ...(typeof grant._right_preset === 'number' && { preset: grant._right_preset }),
    ...(from !== -Infinity && { from: finite(from) }),
    ...(until !== Infinity && { until: finite(until) }),
    ...(condition?.all.length && { all: condition.all }),
    ...(condition?.any[0] && { any: condition.any[0] }),
    ...(condition?.not.length && { not: condition.not }),
  }
}

/** JSON has no infinity; nothing lies that far away either. */
const finite = (moment: number) => Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, moment))
