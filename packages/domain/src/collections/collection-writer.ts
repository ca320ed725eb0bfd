/** Changes of the tree: one transaction each, one at a time per instance, so that no two moves can make a circle together. */
import { fail } from '../errors.ts'
import type { NewEvent } from '../events/new-event.ts'
import type { Caller } from '../people/caller.ts'
import { storedGrants } from '../people/stored-grants.ts'
import { topReference, type AclDecision, type Collection, type CollectionDocument, type UploadSettings } from './collection.ts'
import { changeMembers, memberWorkOf } from './collection-members.ts'
import { viewerOf, type CollectionPorts } from './collection-ports.ts'
import { demand, rightsOnPath } from './collection-rights.ts'
import { planSave, type SavedCollection } from './collection-save.ts'
import type { CollectionTransaction } from './collection-store.ts'
import { CollectionPaths } from './collection-tree.ts'
import { notFound } from './collection-lookup.ts'
import { recheckAfter, recheckCollections } from './recheck-collections.ts'
import { parseMembers } from './member-refs.ts'
import { checkUploadSettings } from './upload-settings.ts'

export class CollectionWriter {
  readonly #ports: CollectionPorts

  constructor(ports: CollectionPorts) {
    this.#ports = ports
  }

  /** Answers the id of each document, in their order. */
  async save(caller: Caller, documents: readonly CollectionDocument[], decision: AclDecision): Promise<number[]> {
    const { counters, store } = this.#ports
    const work = await memberWorkOf(this.#ports, caller, decision)
    const { viewer, datamodel } = work
    const contents = documents.map(({ objects }) => objects && parseMembers(objects, this.#ports))
    const wanted = await this.#prepared(documents)
    const freshIds = await counters.draw('collection', wanted.length)
    return store.change(async (tx, records) => {
      await tx.lockTree()
      await tx.sharing.lock('shared')
      const paths = new CollectionPaths(await tx.withAncestors(addressesOf(wanted, caller)))
      const before = new CollectionPaths(paths.all())
      const saved = planSave(paths, wanted, { viewer, freshIds })
      await checkUploadSettings(givenSettings(saved), datamodel, records)
      await stored(tx, saved)
      for (const [i, { after }] of saved.entries()) {
        const content = contents[i]
        if (content) await changeMembers(tx, records, after.id, content, { kind: 'replace' }, work)
      }
      const reshared = saved.filter((one) => touchesLists(one, before, paths)).map(({ after }) => after.id)
      if (reshared.length > 0) {
        await tx.raiseRevision()
        await recheckCollections(tx, { collectionIds: reshared }, { caller, decision, model: datamodel.model, now: viewer.now })
      }
      await tx.logEvents(saved.map(eventOf), caller)
      return saved.map(({ after }) => after.id)
    })
  }

  async remove(caller: Caller, id: number): Promise<void> {
    const viewer = await viewerOf(this.#ports, caller)
    const { model } = await this.#ports.datamodels.committed(caller.datamodelVersion)
    await this.#ports.store.change(async (tx) => {
      await tx.lockTree()
      await tx.sharing.lock('shared')
      const above = await tx.withAncestors({ ids: [id], references: [] })
      if (!above.some((collection) => collection.id === id)) notFound(id)
      const below = await tx.subtree(id)
      const paths = new CollectionPaths([...above, ...below])
      for (const collection of below) demand(rightsOnPath(paths.path(collection.id) ?? [], viewer), 'bag_delete')
      if (below.some(({ isSystem }) => isSystem)) fail('ServerGeneric', { msg: 'the root and the collections of users stay' })
      const recheck = await recheckAfter(
        tx,
        below.map((collection) => collection.id),
        model,
        viewer.now,
      )
      await tx.remove(below.map((collection) => collection.id))
      await recheck()
      if ([...above, ...below].some(({ acl }) => acl !== null)) await tx.raiseRevision()
      await tx.logEvents(
        below.map((collection) => eventFor('COLLECTION_DELETE', collection)),
        caller,
      )
    })
  }

  /** The documents with grants checked and their people found; none of that needs the tree. */
  async #prepared(documents: readonly CollectionDocument[]): Promise<CollectionDocument[]> {
    const lists = documents.map((document) => document._acl ?? [])
    const grants = await storedGrants('collection', lists, this.#ports)
    return documents.map((document, i) => (document._acl ? { ...document, _acl: grants[i] ?? [] } : document))
  }
}

const givenSettings = (saved: readonly SavedCollection[]): UploadSettings[] =>
  saved.flatMap(({ document, after }) => (document.collection.create_object && after.fields.create_object) || [])

function addressesOf(documents: readonly CollectionDocument[], { userId }: Caller) {
  const blocks = documents.map(({ collection }) => collection)
  return {
    ids: [...new Set(blocks.flatMap((block) => [block._id, block._id_parent].filter((id) => typeof id === 'number')))],
    references: [
      topReference(userId),
      ...blocks.flatMap((block) => [block['lookup:_id'], block['lookup:_id_parent']].flatMap((l) => l?.reference ?? [])),
    ],
  }
}

/** A collection that is saved twice by one request is stored once, as it was left. */
async function stored(tx: CollectionTransaction, saved: readonly SavedCollection[]): Promise<void> {
  await tx.save([...new Map(saved.map(({ after }) => [after.id, after])).values()])
  for (const { before, after } of saved) if (before && before.ownerUser !== after.ownerUser) await tx.giveTo(after.id, after.ownerUser)
}

/** Whether access lists reach something else than before. */
function touchesLists({ before, after }: SavedCollection, as: CollectionPaths, paths: CollectionPaths): boolean {
  const lists = (path: readonly Collection[] | undefined) =>
    (path ?? []).map(({ id, acl, privateAcl, ownerUser, fields }) => [id, acl, privateAcl, acl && ownerUser, fields.pin_code])
  const now = lists(paths.path(after.id))
  if (!before) return now.some(([, acl]) => acl !== null)
  return JSON.stringify(lists(as.path(before.id))) !== JSON.stringify(now)
}

const eventOf = ({ before, after }: SavedCollection): NewEvent => eventFor(before ? 'COLLECTION_UPDATE' : 'COLLECTION_INSERT', after)

const eventFor = (type: NewEvent['type'], { id, version }: Collection): NewEvent => ({
  type,
  basetype: 'collection',
  objectId: id,
  objectVersion: version,
})
