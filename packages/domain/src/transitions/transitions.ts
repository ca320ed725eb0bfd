/** Workflow rules of the whole instance: one ordered list that is replaced as a whole. */
import { createHash } from 'node:crypto'
import type { Counters } from '../ports/counters.ts'
import { resolvePrincipals, type Principals } from '../people/principals.ts'
import { checkTransition, ownerOf } from './transition-check.ts'
import type { Transition, TransitionDocument, TransitionStore } from './transition-store.ts'

export interface TransitionPorts {
  readonly store: TransitionStore
  readonly counters: Counters
  readonly principals: Principals
}

export class TransitionService {
  readonly #ports: TransitionPorts

  constructor(ports: TransitionPorts) {
    this.#ports = ports
  }

  list(): Promise<Transition[]> {
    return this.#ports.store.all()
  }

  /** A rule keeps its id when the id is sent back and known. */
  async replace(documents: readonly TransitionDocument[]): Promise<Transition[]> {
    const { store, counters } = this.#ports
    const [tagIds, before] = await Promise.all([store.tagIds(), store.all()])
    for (const document of documents) checkTransition(document, { tagIds })
    const resolved = await this.#withPeople(documents)
    const free = new Set(before.map((rule) => rule._id))
    const fresh = await counters.draw('transition', resolved.length)
    // An id is used up by the first rule that sends it.
    const rules = resolved.map((rule): Transition => ({
      ...rule,
      _id: typeof rule._id === 'number' && free.delete(rule._id) ? rule._id : (fresh.shift() as number),
    }))
    await store.replace(rules)
    return rules
  }

  async #withPeople(documents: readonly TransitionDocument[]): Promise<TransitionDocument[]> {
    const owners = documents.flatMap((rule) => (rule.actions ?? []).map(ownerOf).filter((owner) => owner !== undefined))
    const who = documents.flatMap((rule) => rule.who ?? [])
    const people = await resolvePrincipals([...who, ...owners], this.#ports.principals)
    const listed = people.splice(0, who.length)
    return documents.map((rule) => ({
      ...rule,
      ...(rule.who && { who: listed.splice(0, rule.who.length) }),
      ...(rule.actions && {
        actions: rule.actions.map((action) => (ownerOf(action) ? { ...action, info: { ...action.info, owner: people.shift() } } : action)),
      }),
    }))
  }
}

/** Changes whenever the rules do. */
export const transitionsDigest = (rules: readonly Transition[]): string =>
  createHash('sha256').update(JSON.stringify(rules)).digest('hex').slice(0, 16)
