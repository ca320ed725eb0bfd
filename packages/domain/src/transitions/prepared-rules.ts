/** Lists of workflow rules on their way into storage, wherever they are kept. */
import { isDeepStrictEqual } from 'node:util'
import type { Counters } from '../ports/counters.ts'
import { resolvePrincipals, type Principals } from '../people/principals.ts'
import { checkActions, checkTargets, peopleOf, withPeople } from './transition-check.ts'
import type { RuleTargets, Transition, TransitionDocument } from './transition-store.ts'

export interface RulePorts {
  readonly principals: Principals
  readonly counters: Counters
}

/** Rules with their people found, and an id in reserve for each; all of what needs no transaction. */
export interface PreparedRules {
  readonly lists: readonly (readonly TransitionDocument[])[]
  readonly freshIds: readonly number[]
}

export async function preparedRules(lists: readonly (readonly TransitionDocument[])[], { principals, counters }: RulePorts): Promise<PreparedRules> {
  const rules = lists.flat()
  rules.forEach(checkActions)
  const named = rules.map((rule) => [rule.who ?? [], ...(rule.actions ?? []).map(peopleOf)])
  const people = await resolvePrincipals(named.flat(2), principals)
  const resolved = rules.map((rule): TransitionDocument => {
    const who = rule.who && people.splice(0, rule.who.length)
    const actions = rule.actions?.map((action) => withPeople(action, people.splice(0, peopleOf(action).length)))
    return { ...rule, ...(who && { who }), ...(actions && { actions }) }
  })
  return {
    lists: lists.map((list) => resolved.splice(0, list.length)),
    freshIds: rules.length > 0 ? await counters.draw('transition', rules.length) : [],
  }
}

/**
 * The rules as they are stored: each with its id when it was sent back and is known, else with a fresh one. What a rule names has
 * to be there, unless it is stored with the same words already: then it can be sent back as it was read.
 */
export function storedRules(
  rules: readonly TransitionDocument[],
  before: readonly TransitionDocument[],
  context: { readonly targets: RuleTargets; readonly takeId: () => number },
): Transition[] {
  const known = new Map(before.map((rule) => [rule._id, rule]))
  return rules.map((rule) => {
    const stored = typeof rule._id === 'number' ? known.get(rule._id) : undefined
    if (!stored || !isDeepStrictEqual(stored, rule)) checkTargets(rule, context.targets)
    // An id is used up by the first rule that sends it.
    const kept = typeof rule._id === 'number' && known.delete(rule._id)
    return { ...rule, _id: kept ? (rule._id as number) : context.takeId() }
  })
}

/** Hands out drawn ids one after the other. */
export function idsFrom(drawn: readonly number[]): () => number {
  let next = 0
  return () => {
    const id = drawn[next++]
    if (id === undefined) throw new Error(`more than the ${drawn.length} ids that were drawn are needed`)
    return id
  }
}
