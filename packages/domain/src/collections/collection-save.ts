/**
 * Decides what a list of documents changes. Documents are taken in their order, so a collection may lie below one that the same
 * list makes. Nothing is stored here; `paths` holds every collection named, with all those above, and takes the changes in.
 */
import { randomUUID } from 'node:crypto'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { SYSTEM_PREFIX, topReference, type Collection, type CollectionBlock, type CollectionDocument, type CollectionFields } from './collection.ts'
import { demand, rightsOnPath, type CollectionRight, type Viewer } from './collection-rights.ts'
import { ownerOn, type CollectionPaths } from './collection-tree.ts'

export interface SaveContext {
  readonly viewer: Viewer
  /** One for each document, in the same order; used where it turns out to make a new collection. */
  readonly freshIds: readonly number[]
}

/** What became of one document. */
export interface SavedCollection {
  readonly document: CollectionDocument
  readonly before: Collection | null
  readonly after: Collection
}

export function planSave(paths: CollectionPaths, documents: readonly CollectionDocument[], context: SaveContext): SavedCollection[] {
  return documents.map((document, i) => {
    const before = known(document.collection, paths)
    const after = before ? changed(before, document, paths, context) : made(document, context.freshIds[i] as number, paths, context)
    paths.set(after)
    return { document, before: before ?? null, after }
  })
}

/** The stored collection a document is about; undefined when it makes a new one. */
function known(block: CollectionBlock, paths: CollectionPaths): Collection | undefined {
  const lookup = block['lookup:_id']
  if (lookup) return paths.byReference(lookup.reference)
  if (block._id === undefined || block._id === null) return undefined
  return paths.get(block._id) ?? fail('LookupNotFound', { key: '_id', value: String(block._id) })
}

function made(document: CollectionDocument, id: number, paths: CollectionPaths, context: SaveContext): Collection {
  const block = document.collection
  checkVersion(block, 1, 'collection')
  const parent = parentOf(block, paths) ?? ownTop(paths, context.viewer.caller)
  const above = pathTo(paths, parent)
  const may = (right: CollectionRight) => demand(rightsOnPath(above, context.viewer), right)
  may('bag_create')
  if (document._acl?.length || document._private_acl || block.pin_code) may('bag_acl')
  requireRoom(parent)
  const given = block['lookup:_id']?.reference ?? block.reference
  requireOwner(document, ownerOn(above))
  return {
    id,
    version: 1,
    parentId: parent.id,
    uuid: randomUUID(),
    reference: checkedReference(given ?? null),
    shortname: block.shortname || null,
    ownerUser: ownerOn(above),
    isSystem: false,
    acl: document._acl?.length ? document._acl : null,
    privateAcl: document._private_acl ?? false,
    invalidAcl: false,
    fields: { children_allowed: true, objects_allowed: true, type: 'workfolder', ...fieldsOf(block) },
    createdAt: context.viewer.now,
    updatedAt: context.viewer.now,
  }
}

function changed(before: Collection, document: CollectionDocument, paths: CollectionPaths, context: SaveContext): Collection {
  const block = document.collection
  checkVersion(block, before.version + 1, `collection:${before.id}`)
  const may = (right: CollectionRight, of: Collection = before) => demand(rightsOnPath(pathTo(paths, of), context.viewer), right)
  may('bag_write')
  const acl = document._acl ? (document._acl.length > 0 ? document._acl : null) : before.acl
  const privateAcl = document._private_acl ?? before.privateAcl
  const fields = { ...before.fields, ...fieldsOf(block) }
  if (privateAcl !== before.privateAcl || !same(acl, before.acl) || !same(fields.pin_code, before.fields.pin_code)) may('bag_acl')
  const parent = parentOf(block, paths)
  const moves = parent !== undefined && parent.id !== before.parentId
  if (moves) requireMovable(before, parent, paths, may)
  const after: Collection = {
    ...before,
    version: before.version + 1,
    parentId: moves ? parent.id : before.parentId,
    reference: referenceAfter(before, block),
    shortname: block.shortname === undefined ? before.shortname : block.shortname || null,
    acl,
    privateAcl,
    fields,
    updatedAt: context.viewer.now,
  }
  const owner = moves ? ownerOn(pathTo(paths, parent)) : before.ownerUser
  requireOwner(document, owner)
  return { ...after, ownerUser: owner }
}

/** Into the hands of somebody else it goes only by leave to delete it. */
function requireMovable(
  before: Collection,
  parent: Collection,
  paths: CollectionPaths,
  may: (right: CollectionRight, of?: Collection) => void,
): void {
  if (before.isSystem) fail('ServerGeneric', { msg: 'the root and the collections of users stay where they are' })
  const above = pathTo(paths, parent)
  if (above.some(({ id }) => id === before.id)) fail('ServerGeneric', { msg: `the collection ${before.id} cannot be moved below itself` })
  may('bag_create', parent)
  if (ownerOn(above) !== before.ownerUser) may('bag_delete')
  requireRoom(parent)
}

function requireRoom(parent: Collection): void {
  if (parent.fields.children_allowed === false) fail('ServerGeneric', { msg: `the collection ${parent.id} takes no collections below it` })
}

/** Documents that were read carry the owner along; nobody else can be chosen. */
function requireOwner({ _owner }: CollectionDocument, owner: number): void {
  const named = _owner?.user?._id
  if (_owner?.group || (named !== undefined && named !== owner))
    fail('ServerGeneric', { msg: 'a collection belongs to the owner of the one above it' })
}

function parentOf(block: CollectionBlock, paths: CollectionPaths): Collection | undefined {
  const lookup = block['lookup:_id_parent']
  if (lookup) return paths.byReference(lookup.reference) ?? fail('LookupNotFound', { key: 'reference', value: lookup.reference })
  if (block._id_parent === undefined || block._id_parent === null) return undefined
  return paths.get(block._id_parent) ?? fail('LookupNotFound', { key: '_id_parent', value: String(block._id_parent) })
}

const ownTop = (paths: CollectionPaths, { userId }: Caller): Collection =>
  paths.byReference(topReference(userId)) ?? fail('LookupNotFound', { key: 'reference', value: topReference(userId) })

const pathTo = (paths: CollectionPaths, { id }: Collection): readonly Collection[] =>
  paths.path(id) ?? fail('ServerGeneric', { msg: `the collection ${id} cannot be moved below itself` })

/** Whoever names a collection by reference does not have to know its version. */
function checkVersion(block: CollectionBlock, expected: number, object: string): void {
  if (block['lookup:_id']) return
  const received = block._version ?? (expected === 1 ? 1 : 0)
  if (received === expected) return
  fail('VersionMismatch', { currentversion: expected - 1, receivedversion: received, expectedversion: expected, got: received, expected, object })
}

function referenceAfter(before: Collection, { reference }: CollectionBlock): string | null {
  if (reference === undefined || (reference || null) === before.reference) return before.reference
  if (before.isSystem) fail('ServerGeneric', { msg: 'the references of the root and of the collections of users stay' })
  return checkedReference(reference)
}

function checkedReference(reference: string | null): string | null {
  if (reference?.startsWith(SYSTEM_PREFIX)) fail('ServerGeneric', { msg: `references that begin with ${SYSTEM_PREFIX} are the server's` })
  return reference || null
}

const KEPT = ['displayname', 'description', 'type', 'webfrontend_props', 'children_allowed', 'objects_allowed', 'create_object', 'pin_code'] as const

function fieldsOf(block: CollectionBlock): CollectionFields {
  const given: CollectionFields = Object.fromEntries(KEPT.filter((key) => block[key] !== undefined).map((key) => [key, block[key]]))
  if (!block.create_object) return { ...given, ...(block.pin_code === '' && { pin_code: null }) }
  // What only answers have is not kept.
  const { pool: _pool, linked_pool: _linkedPool, ...settings } = block.create_object
  return { ...given, ...(block.pin_code === '' && { pin_code: null }), create_object: settings }
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
