/** Workflow rules of the whole instance: one ordered list that is replaced as a whole. */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { replacedEvents } from '../events/changed.ts'
import type { EventActor } from '../events/new-event.ts'
import { idsFrom, preparedRules, storedRules, type RulePorts } from './prepared-rules.ts'
import type { Transition, TransitionDocument, TransitionStore } from './transition-store.ts'

export interface TransitionPorts extends RulePorts {
  readonly store: TransitionStore
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
  async replace(documents: readonly TransitionDocument[], actor: EventActor | null = null): Promise<Transition[]> {
    const { lists, freshIds } = await preparedRules([documents], this.#ports)
    return this.#ports.store.change(async (transaction) => {
      const [before, targets] = [await transaction.all(), await transaction.targets()]
      const rules = storedRules(lists[0] ?? [], before, { targets, takeId: idsFrom(freshIds) })
      await transaction.replace(rules)
      await transaction.recordEvents(changesOf(before, rules), actor)
      return rules
    })
  }
}

/** Rules have no versions; where a rule stands in the list is no part of it. */
const changesOf = (before: readonly Transition[], after: readonly Transition[]) => {
  const things = (rules: readonly Transition[]) => rules.map((rule) => ({ id: rule._id, rule }))
  return replacedEvents('TRANSITION', things(before), things(after), (a, b) => isDeepStrictEqual(a.rule, b.rule))
}

/** Changes whenever the rules do. */
export const transitionsDigest = (rules: readonly Transition[]): string =>
  createHash('sha256').update(JSON.stringify(rules)).digest('hex').slice(0, 16)
