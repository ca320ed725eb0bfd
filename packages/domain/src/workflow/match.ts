/**
 * Which rules are about a change. A record that moves to another pool obeys the rules of the pool it leaves and those of the one
 * it enters: leaving a pool must be no way around its rules.
 */
import type { Caller } from '../people/caller.ts'
import type { Principal } from '../people/principals.ts'
import type { Place, Places } from '../places/places.ts'
import { fulfils } from '../tags/tag-condition.ts'
import type { Rule } from './rule.ts'
import type { WorkflowCase, WorkflowState } from './workflow.ts'

export function matching(places: Places, change: WorkflowCase, caller: Caller): Rule[] {
  const around = placesOf(places, change)
  const rules = [...new Set(around.flatMap((place) => place.rules))]
  if (rules.length === 0) return []
  const before = new Set(change.before?.tags)
  const after = new Set(change.after?.tags)
  // Deleting a record takes no tags from it.
  const changed = new Set(change.operation === 'DELETE' ? [] : [...before, ...after].filter((tag) => !(before.has(tag) && after.has(tag))))
  return rules.filter(
    (rule) =>
      rule.operations.has(change.operation) &&
      (rule.tables?.has(change.table.id) ?? true) &&
      (change.operation === 'INSERT' || fulfils(before, rule.before)) &&
      (change.operation === 'DELETE' || fulfils(after, rule.after)) &&
      rule.changed.every((tags) => tags.some((tag) => changed.has(tag))) &&
      concerns(rule, change, around, caller),
  )
}

/** The place left first, so that what the place entered says comes last. */
function placesOf(places: Places, { table, before, after }: WorkflowCase): Place[] {
  const pools = new Set([before, after].flatMap((state) => (state ? [state.poolId] : [])))
  return [...pools].map((pool) => places.of(table, pool))
}

/** Nobody named means everybody, with and without `who_not`. */
function concerns({ who, whoNot }: Rule, change: WorkflowCase, around: readonly Place[], caller: Caller): boolean {
  if (who.length === 0) return true
  return who.some((principal) => isMeant(principal, change, around, caller)) !== whoNot
}

function isMeant(principal: Principal, { before, after }: WorkflowCase, around: readonly Place[], caller: Caller): boolean {
  // Who makes a change an owner by it was none before.
  if (principal._owner) return owns(before ?? after, caller)
  if (principal._pool_contact) return around.some(({ contact }) => contact !== null && isCaller(contact, caller))
  return isCaller(principal, caller)
}

const owns = (state: WorkflowState | null, caller: Caller): boolean =>
  state !== null && (state.ownerUser === caller.userId || (state.ownerGroup !== null && caller.groupIds.includes(state.ownerGroup)))

const isCaller = ({ user, group }: Principal, caller: Caller): boolean =>
  user?._id === caller.userId || (group?._id !== undefined && caller.groupIds.includes(group._id))
