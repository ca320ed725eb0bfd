/** Workflow rules of the whole instance: one ordered list that is replaced as a whole. */
import { createHash } from 'node:crypto'
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
  async replace(documents: readonly TransitionDocument[]): Promise<Transition[]> {
    const { lists, freshIds } = await preparedRules([documents], this.#ports)
    return this.#ports.store.change(async (transaction) => {
      const [before, targets] = [await transaction.all(), await transaction.targets()]
      const rules = storedRules(lists[0] ?? [], before, { targets, takeId: idsFrom(freshIds) })
      await transaction.replace(rules)
      return rules
    })
  }
}

/** Changes whenever the rules do. */
export const transitionsDigest = (rules: readonly Transition[]): string =>
  createHash('sha256').update(JSON.stringify(rules)).digest('hex').slice(0, 16)
