/**
 * What collections hold. To put a record in takes `link` on the collection and `read` on the record, to take one out takes
 * `unlink`; both may be limited to object types and pools. Members that merely change their place are not judged again. The
 * version of the collection stays as it is: it counts what people write about a collection, not what they put into it.
 */
import type { AccessSubject, CallerAccess, Rights } from '../access/access.ts'
import type { Datamodel } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Schemas } from '@vitrine/contract/instance'
import type { RecordTransaction } from '../objects/write-store.ts'
import type { Caller } from '../people/caller.ts'
import { rightDisplayname } from '../people/rights-catalogue.ts'
import type { AclDecision, Collection, MemberDocument } from './collection.ts'
import { notFound } from './collection-lookup.ts'
import { viewerOf, type CollectionPorts } from './collection-ports.ts'
import { demand, pinOk, refuse, rightsOnPath, type Viewer } from './collection-rights.ts'
import type { CollectionSource, CollectionTransaction, Left, Member, Page, Splice } from './collection-store.ts'
import { CollectionPaths } from './collection-tree.ts'
import { recheckCollections, switchBroken } from './recheck-collections.ts'
import { globalIdOf, parseMembers, resolveMembers, type MemberRef } from './member-refs.ts'

export type MembersDocument = Schemas['CollectionMembers']
export type CollectionCount = Schemas['CollectionCount']

type Change = { readonly kind: 'push' | 'replace' | 'take' } | { readonly kind: 'splice'; readonly at: Splice }

export class CollectionMembers {
  readonly #ports: CollectionPorts

  constructor(ports: CollectionPorts) {
    this.#ports = ports
  }

  async list(caller: Caller, id: number, page: Page): Promise<MembersDocument> {
    const viewer = await viewerOf(this.#ports, caller)
    return this.#ports.store.read(async (source) => {
      const { collection } = await openedCollection(source, id, viewer)
      const [members, count] = await Promise.all([source.members(id, page), source.count(id)])
      return {
        _version: collection.version,
        count,
        ...page,
        objects: members.map((member) => ({
          _global_object_id: globalIdOf(member, this.#ports),
          ...(member.props && { webfrontend_props: member.props }),
        })),
      }
    })
  }

  /** Puts records at the end; those that are there already move. */
  push(caller: Caller, id: number, documents: readonly MemberDocument[], decision: AclDecision): Promise<CollectionCount> {
    return this.#change(caller, id, documents, { kind: 'push' }, decision)
  }

  replace(caller: Caller, id: number, documents: readonly MemberDocument[], decision: AclDecision): Promise<CollectionCount> {
    return this.#change(caller, id, documents, { kind: 'replace' }, decision)
  }

  splice(caller: Caller, id: number, at: Splice, documents: readonly MemberDocument[], decision: AclDecision): Promise<CollectionCount> {
    return this.#change(caller, id, documents, { kind: 'splice', at }, decision)
  }

  /** Takes out all of the records or none. */
  remove(caller: Caller, id: number, documents: readonly MemberDocument[]): Promise<CollectionCount> {
    return this.#change(caller, id, documents, { kind: 'take' }, { allowInvalidAcl: false, backgroundInvalidAcl: false })
  }

  async #change(caller: Caller, id: number, documents: readonly MemberDocument[], change: Change, decision: AclDecision): Promise<CollectionCount> {
    const refs = parseMembers(documents, this.#ports)
    const work = await memberWorkOf(this.#ports, caller, decision)
    return this.#ports.store.change((tx, records) => changeMembers(tx, records, id, refs, change, work))
  }
}

export interface MemberWork {
  readonly viewer: Viewer
  readonly callerAccess: CallerAccess
  readonly datamodel: Datamodel
  readonly decision: AclDecision
}

/** Whatever needs a connection of its own comes before the transaction. */
export async function memberWorkOf(ports: CollectionPorts, caller: Caller, decision: AclDecision): Promise<MemberWork> {
  const [callerAccess, datamodel, viewer] = await Promise.all([
    ports.access.of(caller),
    ports.datamodels.committed(caller.datamodelVersion),
    viewerOf(ports, caller),
  ])
  return { viewer, callerAccess, datamodel, decision }
}

/** Records are locked before collections, in this and every other transaction. */
export async function changeMembers(
  tx: CollectionTransaction,
  records: RecordTransaction,
  id: number,
  refs: readonly MemberRef[],
  change: Change,
  work: MemberWork,
): Promise<CollectionCount> {
  await tx.sharing.lock('shared')
  const members = await resolveMembers(refs, work.datamodel, records)
  const local = localIds(members)
  const subjects = change.kind === 'take' || local.length === 0 ? [] : await tx.lockRecords(local)
  await tx.lockContent([id])
  const { collection, rights } = await openedCollection(tx, id, work.viewer)
  const arriving = change.kind === 'take' ? [] : await arrivals(tx, id, members)
  if (arriving.length > 0) await demandLink(tx, collection, arriving, subjects, rights, work)
  const left = change.kind === 'take' ? await takeOut(tx, id, members, rights) : await put(tx, id, members, change)
  if (left.length > 0) await demandUnlink(tx, left, rights)
  const context = { caller: work.viewer.caller, decision: work.decision, model: work.datamodel.model, now: work.viewer.now }
  const [came, went] = [localIds(arriving), localIds(left)]
  if (came.length > 0) await recheckCollections(tx, { systemIds: came }, context)
  // Nobody needs leave to take something back that others have built upon.
  if (went.length > 0) await switchBroken(tx, { systemIds: went }, context, true)
  return { _version: collection.version, count: await tx.count(id) }
}

const localIds = (members: readonly Left[]): number[] => members.flatMap(({ systemId }) => systemId ?? [])

/** The collection, if the caller may look into it. */
export async function openedCollection(
  source: CollectionSource,
  id: number,
  viewer: Viewer,
): Promise<{ collection: Collection; path: readonly Collection[]; rights: Rights }> {
  const paths = new CollectionPaths(await source.withAncestors({ ids: [id], references: [] }))
  const [collection, path] = [paths.get(id), paths.path(id)]
  if (!collection || !path) return notFound(id)
  const rights = rightsOnPath(path, viewer)
  demand(rights, 'bag_read')
  if (!pinOk(path, viewer.caller, await source.pinCodes(viewer.caller.userId))) refuse('bag_read')
  return { collection, path, rights }
}

async function arrivals(tx: CollectionTransaction, id: number, members: readonly Member[]): Promise<Member[]> {
  const there = new Set(
    members.length === 0
      ? []
      : await tx.present(
          id,
          members.map(({ globalId }) => globalId),
        ),
  )
  return members.filter(({ globalId }) => !there.has(globalId))
}

async function put(
  tx: CollectionTransaction,
  id: number,
  members: readonly Member[],
  change: Exclude<Change, { kind: 'take' }>,
): Promise<readonly Left[]> {
  if (change.kind === 'splice') return tx.splice(id, change.at, members)
  if (change.kind === 'replace') return tx.replace(id, members)
  await tx.push(id, members)
  return []
}

async function takeOut(tx: CollectionTransaction, id: number, members: readonly Member[], rights: Rights): Promise<readonly Left[]> {
  demand(rights, 'unlink')
  const left = await tx.take(
    id,
    members.map(({ globalId }) => globalId),
  )
  const gone = new Set(left.map(({ globalId }) => globalId))
  const missing = members.find(({ globalId }) => !gone.has(globalId))
  return missing ? fail('CollectionRemoveNotAllObjectsFound', { field: missing.globalId }) : left
}

/** Whether the records may be put there; those in `subjects` are what access knows of them. */
export async function demandLink(
  tx: CollectionTransaction,
  collection: Collection,
  arriving: readonly Member[],
  subjects: readonly AccessSubject[],
  rights: Rights,
  { callerAccess }: Pick<MemberWork, 'callerAccess'>,
): Promise<void> {
  if (collection.fields.objects_allowed === false) fail('ServerGeneric', { msg: `the collection ${collection.id} takes no records` })
  demand(rights, 'link')
  const byId = new Map(subjects.map((subject) => [subject.systemId, subject]))
  const wanted = arriving.flatMap(({ globalId, systemId }) =>
    systemId === null ? [] : [byId.get(systemId) ?? fail('LookupNotFound', { key: '_global_object_id', value: globalId })],
  )
  const foreign = arriving.length - wanted.length
  if (limited(rights['link']) && (foreign > 0 || !wanted.every((subject) => within(rights['link'], subject)))) refuse('link')
  if (callerAccess.root) return
  const held = await callerAccess.rightsOn(tx.access, wanted)
  wanted.forEach((subject, i) => {
    if (held[i]?.['read']) return
    fail('ObjectInsufficientRights', {
      objecttype: callerAccess.objecttype(subject.tableId),
      right: 'read',
      rightdisplayname: rightDisplayname('read'),
      ...(subject.systemId !== null && { systemobjectid: subject.systemId }),
    })
  })
}

/** What has left is judged afterwards; where it may not, nothing of it is kept. */
async function demandUnlink(tx: CollectionTransaction, left: readonly Left[], rights: Rights): Promise<void> {
  demand(rights, 'unlink')
  if (!limited(rights['unlink'])) return
  const local = left.flatMap(({ systemId }) => systemId ?? [])
  const subjects = await tx.records(local)
  if (local.length < left.length || !subjects.every((subject) => within(rights['unlink'], subject))) refuse('unlink')
}

type Limits = Readonly<Record<string, unknown>> | undefined

const listOf = (limits: Limits, name: string): readonly unknown[] => {
  const list = limits?.[name]
  return Array.isArray(list) ? list : []
}
const limited = (limits: Limits) => ['objecttype_ids', 'pool_ids'].some((name) => listOf(limits, name).length > 0)

/** An empty list limits nothing. */
export function within(limits: Limits, { tableId, poolId }: Pick<AccessSubject, 'tableId' | 'poolId'>): boolean {
  const [types, pools] = [listOf(limits, 'objecttype_ids'), listOf(limits, 'pool_ids')]
  return (types.length === 0 || types.includes(tableId)) && (pools.length === 0 || pools.includes(poolId))
}
