/**
 * Collections: lists of records in a tree. Below the root everybody has one collection; it is made when somebody first asks,
 * so that instances, users and imports need not think of it.
 */
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { SHARED_TYPES, type AclDecision, type Collection, type CollectionDocument } from './collection.ts'
import { collectionDocument } from './collection-document.ts'
import { notFound } from './collection-lookup.ts'
import { viewerOf, type CollectionPorts } from './collection-ports.ts'
import { grantsFor, pinOk, refuse, rightsOnPath, withImplied, type Viewer } from './collection-rights.ts'
import type { Below, CollectionSource, Entry, Page, Sight } from './collection-store.ts'
import { CollectionPaths } from './collection-tree.ts'
import { switchBroken } from './recheck-collections.ts'
import { CollectionWriter } from './collection-writer.ts'

export class CollectionService {
  readonly #ports: CollectionPorts
  readonly #writer: CollectionWriter

  constructor(ports: CollectionPorts) {
    this.#ports = ports
    this.#writer = new CollectionWriter(ports)
  }

  /** The collections the caller may see. */
  async list(caller: Caller, page: Page): Promise<CollectionDocument[]> {
    await this.#ensureTop(caller)
    return this.#listed(caller, 'anywhere', page)
  }

  /** Those directly below one; null stands for the places where the caller comes in. */
  async children(caller: Caller, parentId: number | null, page: Page): Promise<CollectionDocument[]> {
    await this.#ensureTop(caller)
    if (parentId !== null) await this.read(caller, parentId)
    return this.#listed(caller, parentId ?? 'unseen', page)
  }

  async read(caller: Caller, id: number): Promise<CollectionDocument> {
    const viewer = await viewerOf(this.#ports, caller)
    return this.#ports.store.read(async (source) => {
      const [document] = await documentsOf(source, [id], viewer)
      if (!document) return notFound(id)
      if (!document._generated_rights?.['bag_read']) refuse('bag_read')
      return document
    })
  }

  /** Stores all of the documents or none; answers them as they are stored. */
  async save(caller: Caller, documents: readonly CollectionDocument[], decision: AclDecision): Promise<CollectionDocument[]> {
    await this.#ensureTop(caller)
    const ids = await this.#writer.save(caller, documents, decision)
    const viewer = await viewerOf(this.#ports, caller)
    return this.#ports.store.read((source) => documentsOf(source, ids, viewer))
  }

  async saveOne(caller: Caller, document: CollectionDocument, decision: AclDecision): Promise<CollectionDocument> {
    const [saved] = await this.save(caller, [document], decision)
    return saved as CollectionDocument
  }

  /** The same for the one that is named apart from the document. */
  async update(caller: Caller, id: number, document: CollectionDocument, decision: AclDecision): Promise<CollectionDocument> {
    await this.read(caller, id)
    const { _id: named, 'lookup:_id': lookup, ...block } = document.collection
    if ((named ?? id) !== id || lookup) fail('ServerGeneric', { msg: `the path names the collection ${id}, the document another one` })
    const [saved] = await this.save(caller, [{ ...document, collection: { ...block, _id: id } }], decision)
    return saved ?? notFound(id)
  }

  /** Removes a collection with all below it. */
  remove(caller: Caller, id: number): Promise<void> {
    return this.#writer.remove(caller, id)
  }

  /** Checks lists on their own, without anybody to ask. */
  async recheck(lists: readonly number[]): Promise<void> {
    const { clock, datamodels, store } = this.#ports
    const { model } = await datamodels.committed(await datamodels.currentVersion())
    await store.change(async (tx) => void (await switchBroken(tx, { collectionIds: lists }, { caller: null, model, now: clock() })))
  }

  async #listed(caller: Caller, below: Below, page: Page): Promise<CollectionDocument[]> {
    const viewer = await viewerOf(this.#ports, caller)
    return this.#ports.store.read(async (source) => {
      const ids = await source.visible(await sightOf(source, viewer), below, page)
      return documentsOf(source, ids, viewer)
    })
  }

  async #ensureTop({ type, userId, displayname }: Caller): Promise<void> {
    if (SHARED_TYPES.includes(type)) return
    const { counters, store } = this.#ports
    await store.ensureTop({ userId, displayname, freshIds: async () => (await counters.draw('collection', 2)) as [number, number] })
  }
}

/** Where the caller's view begins; what lies below is found by the database. */
async function sightOf(source: CollectionSource, viewer: Viewer): Promise<Sight> {
  const { caller } = viewer
  if (caller.root) return null
  const shared = await source.sharedWith(caller.userId, caller.groupIds)
  return { ownerUser: caller.userId, entries: shared.flatMap((collection) => entryOf(collection, viewer)) }
}

function entryOf(collection: Collection, viewer: Viewer): Entry[] {
  const opening = grantsFor(collection, viewer).filter(({ rights }) => withImplied(rights)['bag_read'])
  return opening.length === 0 ? [] : [{ id: collection.id, sticky: opening.some(({ sticky }) => sticky) }]
}

/** In the order of the ids, each once; those that do not exist are left out. */
async function documentsOf(source: CollectionSource, ids: readonly number[], viewer: Viewer): Promise<CollectionDocument[]> {
  const { caller } = viewer
  if (ids.length === 0) return []
  const [rows, tallies] = await Promise.all([source.withAncestors({ ids, references: [] }), source.tallies(ids)])
  const [codes, names] = await Promise.all([
    source.pinCodes(caller.userId),
    source.displaynames([...new Set(rows.map(({ ownerUser }) => ownerUser))]),
  ])
  const paths = new CollectionPaths(rows)
  return ids.flatMap((id) => {
    const path = paths.path(id)
    const collection = path?.at(-1)
    if (!path || !collection) return []
    return collectionDocument(collection, {
      path,
      named: readableOf(path, viewer),
      rights: rightsOnPath(path, viewer),
      pinOk: pinOk(path, caller, codes),
      tally: tallies.get(id),
      ownerName: names.get(collection.ownerUser),
    })
  })
}

/** A list opens what lies below it, so somebody may see a collection and none of those above. The root is no secret. */
const readableOf = (path: readonly Collection[], viewer: Viewer): ReadonlySet<number> =>
  new Set(path.filter(({ parentId }, i) => parentId === null || rightsOnPath(path.slice(0, i + 1), viewer)['bag_read']).map(({ id }) => id))
