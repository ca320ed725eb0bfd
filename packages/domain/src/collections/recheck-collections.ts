/**
 * Keeps access lists of collections honest: whatever changes the ground of a list calls this in the transaction of the change.
 * A list that would lose its ground is a question to whoever may change it, and a refusal to everybody else. Allowed to lose it,
 * the list is switched off as a whole and marked, until a later check finds that it can stand again.
 */
import { compileRules } from '../access/rules.ts'
import type { Model } from '../datamodel/model.ts'
import { NeedsDecision, type DialogueTask } from '../dialogue/dialogue.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { rightDisplayname } from '../people/rights-catalogue.ts'
import { collectionName, type AclDecision, type Collection } from './collection.ts'
import { rightsOnPath } from './collection-rights.ts'
import type { CollectionTransaction } from './collection-store.ts'
import { CollectionPaths } from './collection-tree.ts'
import { SharingUndecided, uncoveredLists, type SharingWork, type Uncovered } from './sharing-check.ts'
import type { ListScope } from './sharing-store.ts'

/** Lists that reach some records, that stand on or around some collections, or all there are. */
export type RecheckScope = { readonly systemIds: readonly number[] } | { readonly collectionIds: readonly number[] } | 'all'

export interface RecheckContext {
  /** Null asks nobody: whatever takes rights away goes through. */
  readonly caller: Caller | null
  readonly model: Model
  readonly now: Date
  readonly signal?: AbortSignal | undefined
  /** Records that stand in the way of a list give up their place, or keep it without getting anything by it. */
  readonly policy?: 'setinvalid' | 'remove' | null
}

/**
 * Switches off what cannot stand and on again what can. Answers the lists that somebody should be asked about, each of which
 * the caller may change; fails with CollectionObjectInsufficientRights where the caller may not.
 */
export async function switchBroken(tx: CollectionTransaction, scope: RecheckScope, context: RecheckContext): Promise<readonly Collection[]> {
  await tx.sharing.lock(scope === 'all' ? 'alone' : 'shared')
  const work = { source: tx.sharing, access: tx.access, ...context }
  const records = scope !== 'all' && 'systemIds' in scope ? scope.systemIds : null
  const lists = await tx.sharing.lists(listScope(scope))
  // What happens to single records can take the ground away; whether a list can stand again takes a look at all it reaches.
  const judged = records === null ? lists : lists.filter(({ invalidAcl }) => !invalidAcl)
  const failed = await uncoveredLists(judged, records, work)
  if (records !== null && context.policy && failed.length > 0) {
    const places = failed.flatMap((one) => one.places)
    await tx.dropMembers(places, context.policy)
    return switchBroken(tx, scope, { ...context, policy: null })
  }
  const failing = new Set(failed.map(({ list }) => list.id))
  const restored = records === null ? lists.filter(({ id, invalidAcl }) => invalidAcl && !failing.has(id)) : []
  // Whoever saves a list that is off already is asked again; it is their own doing.
  const saved = scope !== 'all' && 'collectionIds' in scope ? scope.collectionIds : []
  const broken = failed.filter(({ list }) => !list.invalidAcl || saved.includes(list.id))
  if (context.caller && broken.length > 0) await demandLeave(tx, broken, context.caller, context.now)
  const brokenLists = broken.map(({ list }) => list)
  await switchLists(tx, restored, false)
  await switchLists(tx, brokenLists, true)
  // Further lists lose what their owners had through others, who are free to take it back.
  const further = scope === 'all' ? 0 : await followed(tx, records === null ? lists : brokenLists, work)
  if (broken.length + further + restored.length > 0) await tx.raiseRevision()
  return context.caller ? brokenLists : []
}

/** How long somebody waits for a check before being asked whether it may go on without them. */
const PATIENCE_MS = 30_000

interface AskedContext extends RecheckContext {
  readonly caller: Caller
  readonly decision: AclDecision
}

/** The same as a whole operation: asks by throwing NeedsDecision. */
export async function recheckCollections(tx: CollectionTransaction, scope: RecheckScope, context: AskedContext): Promise<void> {
  const { caller, decision } = context
  if (decision.backgroundInvalidAcl) return suspend(tx, scope, context)
  try {
    const broken = await switchBroken(tx, scope, { ...context, signal: AbortSignal.timeout(decision.patienceMs ?? PATIENCE_MS) })
    if (broken.length > 0 && !decision.allowInvalidAcl) throw new NeedsDecision([allowTask(broken, caller.language)])
  } catch (error) {
    throw error instanceof SharingUndecided ? new NeedsDecision([BACKGROUND_TASK]) : error
  }
}

/** Switches the lists off until they have been checked in the background. Only who may change a list can do without it. */
async function suspend(tx: CollectionTransaction, scope: RecheckScope, { caller, now }: AskedContext): Promise<void> {
  await tx.sharing.lock(scope === 'all' ? 'alone' : 'shared')
  const lists = await tx.sharing.lists(listScope(scope))
  if (lists.length === 0) return
  const paths = new CollectionPaths(await tx.withAncestors({ ids: lists.map(({ id }) => id), references: [] }))
  const { presets } = compileRules(await tx.sharing.rules(), now.getTime())
  for (const { id } of lists)
    if (!rightsOnPath(paths.path(id) ?? [], { caller, presets, now })['bag_acl'])
      fail('UrlParameterNotSupported', { param: 'background_invalid_acl' })
  await switchLists(tx, lists, true)
  await tx.sharing.checkLater(lists.map(({ id }) => id))
  await tx.raiseRevision()
}

const NAMED = 10

function allowTask(broken: readonly Collection[], language: string): DialogueTask {
  const names = broken.slice(0, NAMED).map((list) => collectionName(list, language))
  return {
    title: 'Shared collections',
    message:
      `The owners of ${broken.length} shared collection(s) may not pass on everything that their access lists give: ` +
      `${names.join(', ')}${broken.length > NAMED ? ', …' : ''}. Go on, and these lists are without effect.`,
    buttons: [{ text: 'Go on', name: 'allow_invalid_acl', value: 'true' }, { text: 'Cancel' }],
  }
}

const BACKGROUND_TASK: DialogueTask = {
  title: 'Shared collections',
  message: 'Checking the access lists of shared collections takes long. Go on, and they are without effect until that is done.',
  buttons: [{ text: 'Check in the background', name: 'background_invalid_acl', value: 'true' }, { text: 'Cancel' }],
}

/** Lists around collections that are about to go; what is answered is to be called once they are gone. */
export async function recheckAfter(tx: CollectionTransaction, going: readonly number[], model: Model, now: Date): Promise<() => Promise<void>> {
  const gone = new Set(going)
  const near = (await tx.sharing.lists({ by: 'neighbours', ids: going })).filter(({ id, invalidAcl }) => !invalidAcl && !gone.has(id))
  return async () => {
    const work = { source: tx.sharing, access: tx.access, model, now }
    const broken = (await uncoveredLists(near, null, work)).map(({ list }) => list)
    await switchLists(tx, broken, true)
    await followed(tx, broken, work)
    if (broken.length > 0) await tx.raiseRevision()
  }
}

const listScope = (scope: RecheckScope): ListScope =>
  scope === 'all' ? { by: 'all' } : 'systemIds' in scope ? { by: 'records', systemIds: scope.systemIds } : { by: 'tree', ids: scope.collectionIds }

async function switchLists(tx: CollectionTransaction, lists: readonly Collection[], invalid: boolean): Promise<void> {
  const ids = lists.map(({ id }) => id)
  if (ids.length > 0) await tx.sharing.mark(ids, invalid)
}

/** Switches off lists whose owners pass on what they have through a list that has changed or gone, and those after them. */
async function followed(tx: CollectionTransaction, changed: readonly Collection[], work: SharingWork): Promise<number> {
  const seen = new Set(changed.map(({ id }) => id))
  const before = seen.size
  for (let ground = changed; ground.length > 0;) {
    const near = await tx.sharing.lists({ by: 'neighbours', ids: ground.map(({ id }) => id) })
    const failed = await uncoveredLists(
      near.filter(({ id, invalidAcl }) => !invalidAcl && !seen.has(id)),
      null,
      work,
    )
    ground = failed.map(({ list }) => list)
    await switchLists(tx, ground, true)
    for (const { id } of ground) seen.add(id)
  }
  return seen.size - before
}

/** Only who may change a list may decide that it loses its effect. */
async function demandLeave(tx: CollectionTransaction, broken: readonly Uncovered[], caller: Caller, now: Date): Promise<void> {
  const paths = new CollectionPaths(await tx.withAncestors({ ids: broken.map(({ list }) => list.id), references: [] }))
  const { presets } = compileRules(await tx.sharing.rules(), now.getTime())
  for (const { list, right, systemId } of broken) {
    if (rightsOnPath(paths.path(list.id) ?? [], { caller, presets, now })['bag_acl']) continue
    const names = await tx.displaynames([list.ownerUser])
    fail('CollectionObjectInsufficientRights', {
      displayname: collectionName(list, caller.language),
      owner: names.get(list.ownerUser) ?? `#${list.ownerUser}`,
      right,
      rightdisplayname: rightDisplayname(right),
      systemobjectid: systemId,
    })
  }
}
