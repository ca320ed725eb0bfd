/** A pool as it is answered. Owners who do not manage pools see no access lists, rules or master settings. */
import type { Pool, PoolDocument } from './pool.ts'
import type { PoolTree } from './pool-tree.ts'

export interface PoolView {
  /** Names of the rights the reader has on the pool. */
  readonly rights: readonly string[]
  /** Whether the reader manages pools. */
  readonly manages: boolean
}

export function poolDocument(pool: Pool, tree: PoolTree, view: PoolView): PoolDocument {
  const { _acl, _private_acl, _transitions, _private_transitions, ...open } = pool.settings
  const path = tree.path(pool.id) ?? []
  return {
    _basetype: 'pool',
    pool: {
      ...pool.fields,
      _id: pool.id,
      _version: pool.version,
      reference: pool.reference,
      _id_parent: pool.parentId,
      is_system_pool: pool.isSystem,
    },
    ...open,
    ...(view.manages && {
      _acl: _acl ?? [],
      _private_acl: _private_acl ?? false,
      _transitions: _transitions ?? [],
      _private_transitions: _private_transitions ?? false,
    }),
    _tags: open._tags ?? [],
    _private_tags: open._private_tags ?? false,
    _standard_masks: open._standard_masks ?? {},
    _path: path.map(shortDocument),
    _level: path.length - 1,
    _has_children: tree.children(pool.id).length > 0,
    _generated_rights: Object.fromEntries(view.rights.map((right) => [right, {}])),
    _created_at: pool.createdAt.toISOString(),
    _updated_at: pool.updatedAt.toISOString(),
  }
}

const shortDocument = ({ id, reference, fields }: Pool): PoolDocument => ({
  _basetype: 'pool',
  pool: { _id: id, reference, ...(fields.name && { name: fields.name }), ...(fields.shortname && { shortname: fields.shortname }) },
})
