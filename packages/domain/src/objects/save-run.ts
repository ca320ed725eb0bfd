/**
 * One save inside its transaction: find what the records name, lock what they change, work out what is stored, ask for rights and
 * workflow rules, and write it. Statements that do not need each other's answers are started together. The order of locks is
 * the same for everybody: names of records to come, changed records by system id, link targets, unique values by key.
 */
import { NeedsDecision } from '../dialogue/dialogue.ts'
import { resolveRefs } from './record-refs.ts'
import type { RecordRef } from './record-ref.ts'
import { resolveBaseRefs, type BaseRefs } from './save-base-refs.ts'
import { changesOf, removalsOf, requireFilledSlots, type Found } from './save-changes.ts'
import type { Change, Removal, SaveContext } from './save-context.ts'
import { destinationOf, keepCollections, putIntoCollection } from './save-collections.ts'
import { claimIdentities, identityNames } from './save-deferred.ts'
import type { Draft, ParsedRow } from './save-draft.ts'
import { effectsOf, type Effect } from './save-effects.ts'
import { recordSave } from './save-events.ts'
import { requireLinkable } from './save-file-rights.ts'
import { resolveFiles, type FoundFiles } from './save-files.ts'
import { lockRecords } from './save-lock.ts'
import { settleMarkers } from './save-markers.ts'
import { markBroken } from './save-marks.ts'
import { withMirrors } from './save-mirrors.ts'
import { followPools } from './save-pools.ts'
import { questionTasks } from './save-questions.ts'
import { cascaded, knowinglyLeftOut } from './save-removals.ts'
import { requireRightsAfter, requireRightsBefore } from './save-rights.ts'
import { runWorkflow } from './save-workflow.ts'
import { writeChanges } from './save-write.ts'
import { together } from './together.ts'
import type { RecordTransaction } from './write-store.ts'

export interface SaveResult {
  /** The request's own records, in its order. */
  readonly saved: readonly Change[]
  readonly effects: readonly Effect[]
}

export async function runSave(tx: RecordTransaction, context: SaveContext): Promise<SaveResult> {
  const names = identityNames(context)
  if (names.made.length > 0 || names.awaited.length > 0) await tx.lockIdentities(names)
  const settled = await settleMarkers(tx, context)
  const claimed = names.made.length > 0 ? await claimIdentities(tx, settled) : settled
  const planned = await planChanges(tx, claimed)
  const { target, changes: placed } = await destinationOf(tx, claimed, planned.changes)
  const asked: SaveContext = { ...claimed, createsInCollection: target?.upload != null }
  await requireRightsBefore(tx, asked, placed, planned.removals)
  await requireLinkable(tx, asked, placed, planned.files)
  const worked = await runWorkflow(tx, placed, planned.removals, asked)
  const { changes } = worked
  const held = await writeChanges(tx, claimed, { ...planned, changes })
  await markBroken(tx, claimed, changes, held, planned.refs)
  const linked = await putIntoCollection(tx, asked, target, changes)
  const lost = await requireRightsAfter(tx, asked, changes, planned.files)
  const unshared = linked + (await keepCollections(tx, asked, changes))
  const collections = context.answers.allowInvalidAcl ? 0 : unshared
  const tasks = questionTasks({ lost: lost.length, transition: worked.question, pools: planned.undecided, collections }, context.answers)
  if (tasks.length > 0 && context.problems.found.length === 0) throw new NeedsDecision(tasks)
  await recordSave(tx, claimed, changes, planned.removals)
  await tx.queueFollowUps(worked.followUps, worked.records)
  if (asked.index)
    await asked.index.changed(tx, [
      ...changes.filter(({ unchanged }) => !unchanged).map(({ row }) => row.systemId),
      ...planned.removals.map(({ stored }) => stored.systemId),
    ])
  const saved = changes.filter(({ origin }) => origin === 'request')
  return { saved, effects: [...effectsOf(changes, planned.removals), ...planned.mirrored] }
}

interface Planned {
  readonly changes: readonly Change[]
  readonly removals: readonly Removal[]
  readonly orphaned: readonly number[]
  readonly mirrored: readonly Effect[]
  readonly undecided: number
  readonly refs: BaseRefs
  readonly files: FoundFiles
}

/** Everything that will be different, before anything is. */
async function planChanges(tx: RecordTransaction, context: SaveContext): Promise<Planned> {
  const { drafts, created, problems, reserved } = context
  const refs = resolveRefs(tx, drafts.all.flatMap(refsOf), { created: [...created.values()], problems, reserved })
  // Which records mirrored links lead to has to be known before they are locked; whoever needs to know waits for it.
  const locked = refs.then((systemIdOf) => lockRecords(tx, context, systemIdOf))
  const [baseRefs, systemIdOf, records, files] = await together([
    resolveBaseRefs(tx, drafts.all),
    refs,
    locked,
    resolveFiles(tx, drafts.all, problems),
  ])
  const found: Found = { refs: baseRefs, systemIdOf, files, locked: records }
  const own = changesOf(context, found)
  const kept = await knowinglyLeftOut(tx, removalsOf(own, found), context)
  const { removals, orphaned } = await cascaded(tx, kept, own, context, records)
  requireFilledSlots(own, removals, context, found)
  const { changes: following, undecided } = followPools(own, removals, context, records)
  const { changes, effects } = withMirrors(following, removals, context, records)
  return { changes, removals, orphaned, mirrored: effects, undecided, refs: baseRefs, files }
}

/** Everything that the record's fields and its parents name. */
function refsOf(draft: Draft): RecordRef[] {
  const refs: RecordRef[] = [...(draft.parent ? [draft.parent] : []), ...(draft.parents ?? []).filter((ref) => ref !== null)]
  collectLinks(draft, refs)
  return refs
}

function collectLinks(row: ParsedRow, refs: RecordRef[]): void {
  for (const [column, value] of row.columns) if (column.type === 'link') refs.push(value as RecordRef)
  for (const rows of row.nested.values()) for (const nested of rows) collectLinks(nested, refs)
  for (const pairs of row.edit?.matches.values() ?? [])
    for (const { match, merge } of pairs) {
      collectLinks(match, refs)
      collectLinks(merge, refs)
    }
}
