/** Workflow rules over the changes of a save: what they alter goes into the rows, what they ask is answered or asked. */
import type { FollowUpRecord } from '../workflow/follow-up-messages.ts'
import type { Workflow, WorkflowCase, WorkflowOutcome, WorkflowState } from '../workflow/workflow.ts'
import type { Change, Removal, SaveContext } from './save-context.ts'
import { withKnown } from './workflow-known.ts'
import type { RecordTransaction, StoredRecord } from './write-store.ts'

export interface Worked extends Pick<WorkflowOutcome, 'question' | 'followUps'> {
  readonly changes: readonly Change[]
  /** What the follow-ups are about, in the order of the cases. */
  readonly records: readonly FollowUpRecord[]
}

const stateOf = ({ poolId, tags, ownerUser, ownerGroup }: StoredRecord) => ({ poolId, tags, ownerUser, ownerGroup })

export async function runWorkflow(
  tx: RecordTransaction,
  changes: readonly Change[],
  removals: readonly Removal[],
  context: SaveContext,
): Promise<Worked> {
  const { caller, digest, answers, workflow } = context
  const active = changes.filter(({ unchanged }) => !unchanged)
  const cases = [...active.map(caseOf), ...removals.map(removalCase)]
  const outcome = await run(workflow, cases, { caller, digest, confirmation: answers.confirmTransition }, context)
  if (!outcome) return { changes, question: null, followUps: [], records: [] }
  const known = await withKnown(tx, cases, outcome.after)
  const after = new Map(active.map((change, i) => [change, known[i] ?? null]))
  return {
    changes: changes.map((change) => {
      const state = after.get(change)
      return state ? { ...change, row: { ...change.row, ...state } } : change
    }),
    question: outcome.question,
    followUps: outcome.followUps,
    records: [...active.map((change, i) => recordOf(change, known[i] ?? null)), ...removals.map(removedRecord)],
  }
}

const recordOf = ({ table, stored, row }: Change, after: WorkflowState | null): FollowUpRecord => {
  const { systemId, objectId, uuid, version } = row
  return { objecttype: table.name, operation: stored ? 'UPDATE' : 'INSERT', systemId, objectId, uuid, version, after }
}

const removedRecord = ({ table, stored: { systemId, objectId, uuid, version } }: Removal): FollowUpRecord => {
  return { objecttype: table.name, operation: 'DELETE', systemId, objectId, uuid, version: version + 1, after: null }
}

/** A rejection is a problem of the request like any other. */
async function run(workflow: Workflow, cases: readonly WorkflowCase[], request: Parameters<Workflow['run']>[1], { problems }: SaveContext) {
  try {
    return await workflow.run(cases, request)
  } catch (error) {
    problems.keep('', error)
    return undefined
  }
}

const caseOf = ({ table, stored, row }: Change): WorkflowCase => ({
  table,
  operation: stored ? 'UPDATE' : 'INSERT',
  systemId: stored?.systemId ?? null,
  version: stored?.version ?? 0,
  before: stored ? stateOf(stored) : null,
  after: stateOf(row),
})

const removalCase = ({ table, stored }: Removal): WorkflowCase => ({
  table,
  operation: 'DELETE',
  systemId: stored.systemId,
  version: stored.version,
  before: stateOf(stored),
  after: null,
})
