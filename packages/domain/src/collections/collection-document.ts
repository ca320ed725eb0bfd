/** A collection as it is answered. What protects or shares it is shown only to those who may change that. */
import type { Rights } from '../access/access.ts'
import { hasPin, type Collection, type CollectionDocument } from './collection.ts'
import type { Tally } from './collection-store.ts'
import { uploadOn } from './collection-tree.ts'

export interface CollectionView {
  /** From the root to the collection itself. */
  readonly path: readonly Collection[]
  /** Ids of those on the path whose names the caller may know. */
  readonly named: ReadonlySet<number>
  readonly rights: Rights
  readonly pinOk: boolean
  readonly tally: Tally | undefined
  readonly ownerName: string | undefined
}

export function collectionDocument(collection: Collection, { path, named, rights, pinOk, tally, ownerName }: CollectionView): CollectionDocument {
  const { pin_code: _pin, ...fields } = collection.fields
  const shares = rights['bag_acl'] !== undefined
  const upload = uploadOn(path)
  return {
    _basetype: 'collection',
    collection: {
      ...fields,
      _id: collection.id,
      _version: collection.version,
      _id_parent: collection.parentId,
      reference: collection.reference,
      shortname: collection.shortname,
      is_system_collection: collection.isSystem,
      ...(shares && { uuid: collection.uuid }),
    },
    ...(shares && { _acl: [...(collection.acl ?? [])] }),
    _has_acl: collection.acl !== null,
    _private_acl: collection.privateAcl,
    _invalid_acl: collection.invalidAcl,
    _owner: { _basetype: 'user', user: { _id: collection.ownerUser, ...(ownerName !== undefined && { _generated_displayname: ownerName }) } },
    _path: path.map((one) => shortForm(one, named)),
    _level: path.length,
    ...(pinOk && tally && { _count: tally.count, _count_recursive: tally.countRecursive, _has_remote_objects: tally.hasRemote }),
    _has_children: tally?.hasChildren ?? false,
    _has_pin: hasPin(collection),
    pin_ok: pinOk,
    ...(upload && { _create_object_compiled: upload }),
    _generated_rights: rights,
    _created_at: collection.createdAt.toISOString(),
    _updated_at: collection.updatedAt.toISOString(),
  }
}

function shortForm({ id, parentId, version, fields }: Collection, named: ReadonlySet<number>): NonNullable<CollectionDocument['_path']>[number] {
  const displayname = named.has(id) ? fields.displayname : undefined
  return { _basetype: 'collection', collection: { _id: id, _id_parent: parentId, _version: version, ...(displayname && { displayname }) } }
}
