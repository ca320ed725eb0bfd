/**
 * Workflow rules at work. The rules are those in force when the request came in: they are read before its transaction, at most
 * once per revision of the settings, and `run` itself asks nothing of anybody.
 */
import type { Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import type { PlacesAt } from '../places/places-knowing.ts'
import type { Places } from '../places/places.ts'
import { applied, followUpsOf } from './effects.ts'
import { textIn } from './localized.ts'
import { matching } from './match.ts'
import { TransitionRejection } from './rejection.ts'
import type { Confirmations, Confirmer, Question } from './confirmations.ts'
import type { Rule } from './rule.ts'
import { verdictOf } from './verdict.ts'
import type { FollowUp, Workflow, WorkflowCase, WorkflowOutcome, WorkflowRequest, WorkflowState } from './workflow.ts'

export interface WorkflowPorts {
  readonly places: PlacesAt
  readonly confirmations: Confirmations
}

export class Workflows {
  readonly #ports: WorkflowPorts

  constructor(ports: WorkflowPorts) {
    this.#ports = ports
  }

  /** To be called before the transaction in which the rules are to run. Costs nothing while no settings have changed. */
  async of(caller: Caller): Promise<Workflow> {
    const places = await this.#ports.places.at(caller.configRevision)
    if (!places.haveRules) return NO_RULES
    const confirmer = await this.#ports.confirmations.confirmer()
    return { run: (cases, request) => Promise.resolve().then(() => runRules(places, confirmer, cases, request)) }
  }
}

const unruled = (cases: readonly WorkflowCase[]): WorkflowOutcome => ({ after: cases.map(({ after }) => after), question: null, followUps: [] })
const NO_RULES: Workflow = { run: (cases) => Promise.resolve(unruled(cases)) }

interface Judged {
  readonly change: WorkflowCase
  readonly acting: readonly Rule[]
}

function runRules(places: Places, confirmer: Confirmer, cases: readonly WorkflowCase[], request: WorkflowRequest): WorkflowOutcome {
  const judged = judgedAll(places, cases, request.caller)
  if (judged.every(({ acting }) => acting.length === 0)) return unruled(cases)
  const after = judged.map(({ change, acting }) => stateAfter(places, change, acting))
  return {
    after,
    question: questionOf(judged, confirmer, request),
    followUps: judged.flatMap(({ change, acting }, record) => messagesAbout(places, change.table, acting, record, after[record] ?? change.before)),
  }
}

/** Fails when a rule rejects one of the changes, with the e-mails of all rules that reject any. */
function judgedAll(places: Places, cases: readonly WorkflowCase[], caller: Caller): Judged[] {
  const judged: Judged[] = []
  const emails: FollowUp[] = []
  let first: { readonly rule: Rule; readonly change: WorkflowCase } | undefined
  cases.forEach((change, record) => {
    const verdict = verdictOf(matching(places, change, caller))
    if ('acting' in verdict) return judged.push({ change, acting: demandKnown(verdict.acting) })
    first ??= { rule: verdict.rejectedBy[0], change }
    const messages = messagesAbout(places, change.table, verdict.rejectedBy, record, change.before ?? change.after)
    return emails.push(...messages.filter(({ kind }) => kind === 'email'))
  })
  if (!first) return judged
  const { rule, change } = first
  const message = textIn(rule.confirm, caller.language) || 'A workflow rule does not let this change pass.'
  const systemobjectid = change.systemId === null ? {} : { systemobjectid: change.systemId }
  throw new TransitionRejection({ message, transitionid: rule.id, operation: change.operation, ...systemobjectid }, emails, cases)
}

function demandKnown(acting: readonly Rule[]): readonly Rule[] {
  for (const { id, actions } of acting)
    for (const action of actions)
      if (action.type === 'unknown')
        fail('ServerGeneric', { msg: `the workflow rule ${id} has the action ${action.name}, which cannot be carried out` })
  return acting
}

function messagesAbout(places: Places, table: Table, rules: readonly Rule[], record: number, state: WorkflowState | null): FollowUp[] {
  return state ? followUpsOf(rules, record, state, places.of(table, state.poolId)) : []
}

function stateAfter(places: Places, { table, after }: WorkflowCase, acting: readonly Rule[]): WorkflowState | null {
  return after && applied(acting, after, places.of(table, after.poolId), table.hasTags)
}

/** Null when no acting rule asks anything, or when the caller has said yes to all that they ask. */
function questionOf(judged: readonly Judged[], confirmer: Confirmer, { caller, digest, confirmation }: WorkflowRequest): WorkflowOutcome['question'] {
  const texts = judged.flatMap(({ acting }) => acting.map(({ confirm }) => textIn(confirm, caller.language)).filter((text) => text !== ''))
  if (texts.length === 0) return null
  const question: Question = { purpose: 'transition', facts: [caller.userId, digest, judged.map(factsOf)] }
  return confirmer.isSigned(confirmation, question) ? null : { token: confirmer.sign(question), texts: [...new Set(texts)] }
}

const factsOf = ({ change: { table, operation, systemId, version, before, after }, acting }: Judged) => [
  ...[table.id, operation, systemId, version, stateFacts(before), stateFacts(after)],
  acting.map(({ id, digest }) => [id, digest]),
]

const stateFacts = (state: WorkflowState | null) => state && [state.poolId, state.tags.toSorted((a, b) => a - b), state.ownerUser, state.ownerGroup]
