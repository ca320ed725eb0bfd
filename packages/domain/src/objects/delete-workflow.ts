/**
 * Workflow rules over a deletion: what goes is deleted, and what loses a link is changed. A caller who is asked about links and
 * by a rule at once has seen the rules of what goes in any case; that answer stays good whatever is chosen for the links, as long
 * as the choice brings no rule of its own that asks.
 */
import type { Model } from '../datamodel/model.ts'
import type { FollowUpRecord } from '../workflow/follow-up-messages.ts'
import type { FollowUp, WorkflowCase, WorkflowOutcome, WorkflowState } from '../workflow/workflow.ts'
import { tableOf } from './delete-heads.ts'
import type { DeletionRequest } from './delete-request.ts'
import type { RecordHead } from './delete-store.ts'
import { withKnown } from './workflow-known.ts'
import type { RecordTransaction } from './write-store.ts'

export interface Ruled {
  /** The records that stay, after what the rules do to them. */
  readonly cleared: readonly RecordHead[]
  readonly question: WorkflowOutcome['question']
  /** What follows once all is stored, and the records it is about. */
  readonly followUps: readonly FollowUp[]
  readonly records: readonly FollowUpRecord[]
}

export async function runRules(
  tx: RecordTransaction,
  request: DeletionRequest,
  removed: readonly RecordHead[],
  cleared: readonly RecordHead[],
  /** Answers what is touched whatever becomes of links. */
  touchedAnyway: () => Promise<ReadonlySet<number>>,
): Promise<Ruled> {
  const { workflow, caller, digest, confirmation, datamodel } = request
  const run = (cases: readonly WorkflowCase[]) => workflow.run(cases, { caller, digest, confirmation })
  const cases = casesOf(datamodel.model, removed, cleared)
  const { after: wanted, question, followUps } = await run(cases)
  const isAnswered = question !== null && confirmation !== null && (await isAnsweredInParts(cases, await touchedAnyway(), run))
  const after = await withKnown(tx, cases, wanted)
  const stays = cleared.map((head, i) => ({ ...head, ...after[removed.length + i] }))
  const heads = [...removed, ...cleared]
  const records = followUps.length > 0 ? cases.flatMap((one, i) => recordOf(one, heads[i], after[i] ?? null)) : []
  return { cleared: stays, question: isAnswered ? null : question, followUps, records }
}

const stateOf = ({ poolId, tags, ownerUser, ownerGroup }: RecordHead) => ({ poolId, tags, ownerUser, ownerGroup })

function casesOf(model: Model, removed: readonly RecordHead[], cleared: readonly RecordHead[]): WorkflowCase[] {
  const caseOf = (head: RecordHead) => ({
    table: tableOf(model, head.tableId),
    systemId: head.systemId,
    version: head.version,
    before: stateOf(head),
  })
  return [
    ...removed.map((head): WorkflowCase => ({ ...caseOf(head), operation: 'DELETE', after: null })),
    ...cleared.map((head): WorkflowCase => ({ ...caseOf(head), operation: 'UPDATE', after: stateOf(head) })),
  ]
}

function recordOf({ table, operation }: WorkflowCase, head: RecordHead | undefined, after: WorkflowState | null): FollowUpRecord[] {
  if (!head) return []
  const { systemId, objectId, uuid, version } = head
  return [{ objecttype: table.name, operation, systemId, objectId, uuid, version: version + 1, after }]
}

async function isAnsweredInParts(
  cases: readonly WorkflowCase[],
  anyway: ReadonlySet<number>,
  run: (cases: readonly WorkflowCase[]) => Promise<WorkflowOutcome>,
): Promise<boolean> {
  const isAnyway = ({ systemId }: WorkflowCase) => systemId !== null && anyway.has(systemId)
  const parts = await Promise.all([run(cases.filter(isAnyway)), run(cases.filter((one) => !isAnyway(one)))])
  return parts.every(({ question }) => question === null)
}
