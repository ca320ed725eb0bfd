/**
 * What saving and deleting records does to collections. Everything here runs inside the transaction of the records, after they
 * have been stored, and before the transaction knows how it ends.
 */
import { randomUUID } from 'node:crypto'
import type { AccessSubject, CallerAccess, Rights } from '../access/access.ts'
import { CallerRights } from '../access/caller-rights.ts'
import { compileRules } from '../access/rules.ts'
import type { Datamodel } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { rightDisplayname } from '../people/rights-catalogue.ts'
import { collectionName, topReference, type Collection, type CollectionFields, type UploadSettings } from './collection.ts'
import { demandLink, openedCollection } from './collection-members.ts'
import type { CollectionPorts } from './collection-ports.ts'
import { demand } from './collection-rights.ts'
import type { CollectionStore, CollectionTransaction } from './collection-store.ts'
import { CollectionPaths, uploadOn } from './collection-tree.ts'
import { localMember } from './member-refs.ts'
import { switchBroken } from './recheck-collections.ts'
import { uploadTable } from './upload-settings.ts'

/** A record that a request wants to have in a collection. */
export interface WantedRecord {
  readonly tableId: number
  readonly maskId: number | null
  readonly poolId: number | null
  readonly isNew: boolean
}

export interface CollectionTarget {
  readonly collection: Collection
  readonly rights: Rights
  /**
   * Set where the collection says how records get into it: then all of them are new, `create_in_collection` has taken the place
   * of `create` and of any right to the mask, and this user becomes their owner.
   */
  readonly upload: { readonly settings: UploadSettings; readonly ownerUser: number } | null
}

/** What a save knows. */
export interface RecordWork {
  readonly caller: Caller
  readonly access: CallerAccess
  readonly datamodel: Datamodel
  readonly now: Date
}

/** The collection that a save names, if its records may go there. Asked before rights to create are. */
export async function collectionTarget(
  tx: CollectionTransaction,
  id: number,
  records: readonly WantedRecord[],
  work: Omit<RecordWork, 'access'>,
): Promise<CollectionTarget> {
  await tx.sharing.lock('shared')
  const { presets } = compileRules(await tx.sharing.rules(), work.now.getTime())
  const { collection, path, rights } = await openedCollection(tx, id, { caller: work.caller, presets, now: work.now })
  const settings = uploadOn(path)
  if (settings?.objecttype === undefined) {
    demand(rights, 'link')
    return { collection, rights, upload: null }
  }
  demand(rights, 'create_in_collection')
  const { id: tableId } = uploadTable(settings.objecttype, work.datamodel)
  for (const record of records) requireFitting(record, { ...settings, tableId }, collection)
  await demandOwnerCreates(tx, collection, { tableId, poolId: settings.pool_id ?? null }, work)
  return { collection, rights, upload: { settings, ownerUser: collection.ownerUser } }
}

function requireFitting(record: WantedRecord, settings: UploadSettings & { tableId: number }, { id }: Collection): void {
  const refuse = (what: string) => fail('SchemaInconsistent', { msg: `the collection ${id} takes ${what}` })
  if (!record.isNew) refuse('new records only')
  if (record.tableId !== settings.tableId) refuse(`records of ${settings.objecttype} only`)
  if (settings.mask_id !== undefined && record.maskId !== settings.mask_id) refuse(`records saved with the mask ${settings.mask_id} only`)
  if (typeof settings.pool_id === 'number' && record.poolId !== settings.pool_id) refuse(`records in the pool ${settings.pool_id} only`)
}

/** Nobody can let others make what they could not make themselves. */
async function demandOwnerCreates(
  tx: CollectionTransaction,
  collection: Collection,
  { tableId, poolId }: Pick<AccessSubject, 'tableId' | 'poolId'>,
  { caller, datamodel, now }: Omit<RecordWork, 'access'>,
): Promise<void> {
  const [rules, [owner]] = await Promise.all([tx.sharing.rules(), tx.sharing.owners([collection.ownerUser])])
  if (owner?.root) return
  const ownerAccess = new CallerRights(
    compileRules(rules, now.getTime()),
    datamodel.model,
    owner ?? { userId: collection.ownerUser, groupIds: [] },
    () => now.getTime(),
  )
  const fresh = { systemId: null, parentId: null, tags: [], ownerUser: null, ownerGroup: null, privateAcl: false, acl: null }
  const [held] = await ownerAccess.rightsOn(tx.access, [{ ...fresh, tableId, poolId }])
  if (held?.['create']) return
  fail('CollectionObjectInsufficientRights', {
    displayname: collectionName(collection, caller.language),
    owner: owner?.displayname ?? `#${collection.ownerUser}`,
    right: 'create',
    rightdisplayname: rightDisplayname('create'),
  })
}

/** Puts records that have just been stored at the end of the collection. Answers how many shared lists that switches off. */
export async function linkToCollection(
  tx: CollectionTransaction,
  { collection, rights, upload }: CollectionTarget,
  systemIds: readonly number[],
  work: RecordWork,
): Promise<number> {
  if (systemIds.length === 0) return 0
  const members = systemIds.map((systemId) => localMember(systemId))
  await tx.lockContent([collection.id])
  if (!upload) await demandLink(tx, collection, members, await tx.records(systemIds), rights, { callerAccess: work.access })
  await tx.push(collection.id, members)
  return (await switchBroken(tx, { systemIds }, contextOf(work))).length
}

/** What becomes of places in collections for which a changed record no longer qualifies. */
export type CollectionPolicy = 'setinvalid' | 'remove'

/**
 * To be called for every changed record of a save. With a policy, places that would break a shared list are marked or given up,
 * and so are those in collections whose settings name another pool. Answers how many shared lists are switched off, which is to be
 * a question to the caller; fails where the caller may not decide about one.
 */
export async function recheckChanged(
  tx: CollectionTransaction,
  systemIds: readonly number[],
  policy: CollectionPolicy | null,
  work: Omit<RecordWork, 'access'>,
): Promise<number> {
  if (systemIds.length === 0) return 0
  if (policy) await tx.dropMembers(await misplaced(tx, systemIds, work.datamodel), policy)
  return (await switchBroken(tx, { systemIds }, { ...contextOf(work), policy })).length
}

/** Records in collections that want others of their type. Records of other types were put there knowingly. */
async function misplaced(tx: CollectionTransaction, systemIds: readonly number[], { model }: Datamodel): Promise<{ id: number; systemId: number }[]> {
  const places = await tx.places(systemIds)
  const paths = new CollectionPaths(await tx.withAncestors({ ids: [...new Set(places.map(({ id }) => id))], references: [] }))
  return places.filter(({ id, tableId, poolId }) => {
    const settings = uploadOn(paths.path(id) ?? [])
    const wanted = settings?.pool_id
    return typeof wanted === 'number' && poolId !== wanted && model.tables.get(tableId)?.name === settings?.objecttype
  })
}

const contextOf = ({ caller, datamodel, now }: Omit<RecordWork, 'access'>) => ({ caller, model: datamodel.model, now })

/** A new collection to gather records in, as far as it can be prepared before the transaction. */
export interface Gathering {
  readonly id: number
  readonly owner: Caller
}

export class Gatherer {
  readonly #ports: Pick<CollectionPorts, 'counters' | 'clock'> & { readonly store: Pick<CollectionStore, 'ensureTop'> }

  constructor(ports: Pick<CollectionPorts, 'counters' | 'clock'> & { readonly store: Pick<CollectionStore, 'ensureTop'> }) {
    this.#ports = ports
  }

  async prepare(owner: Caller): Promise<Gathering> {
    const { counters, store } = this.#ports
    const freshIds = async () => (await counters.draw('collection', 2)) as [number, number]
    await store.ensureTop({ userId: owner.userId, displayname: owner.displayname, freshIds })
    const [id] = (await counters.draw('collection', 1)) as [number]
    return { id, owner }
  }

  /** Directly below the owner's own collection, and private: nobody gets to see records by this. Answers the id. */
  async gather(
    tx: CollectionTransaction,
    { id, owner }: Gathering,
    displayname: CollectionFields['displayname'],
    systemIds: readonly number[],
  ): Promise<number> {
    const now = this.#ports.clock()
    const above = new CollectionPaths(await tx.withAncestors({ ids: [], references: [topReference(owner.userId)] }))
    const top = above.byReference(topReference(owner.userId)) ?? fail('LookupNotFound', { key: 'reference', value: topReference(owner.userId) })
    const collection: Collection = {
      id,
      version: 1,
      parentId: top.id,
      uuid: randomUUID(),
      reference: null,
      shortname: null,
      ownerUser: owner.userId,
      isSystem: false,
      acl: null,
      privateAcl: true,
      invalidAcl: false,
      fields: { children_allowed: true, objects_allowed: true, type: 'workfolder', ...(displayname && { displayname }) },
      createdAt: now,
      updatedAt: now,
    }
    await tx.save([collection])
    await tx.push(
      id,
      systemIds.map((systemId) => localMember(systemId)),
    )
    await tx.logEvents([{ type: 'COLLECTION_INSERT', basetype: 'collection', objectId: id, objectVersion: 1 }], owner)
    return id
  }
}
