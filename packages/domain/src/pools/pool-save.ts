/**
 * Decides what a list of pool documents changes. Documents are taken in their order, so a pool may lie below one that the
 * same list makes. Nothing is stored here; the tree that results has to be one, or the whole list is refused.
 */
import { isDeepStrictEqual } from 'node:util'
import { fail } from '../errors.ts'
import { shortnameKey, type Pool, type PoolDocument, type PoolFields, type PoolSettings } from './pool.ts'
import { PoolTree } from './pool-tree.ts'

export interface SaveContext {
  /** One for each document, in the same order; used where it turns out to make a new pool. */
  readonly freshIds: readonly number[]
  readonly owner: PoolSettings['_owner']
  readonly now: Date
  /** Whoever saves has `system.root`. */
  readonly root: boolean
  /** Throws when the caller may not do this to a pool; for a new one it is asked about the pool above. `byId` finds those above. */
  readonly demand: (right: 'bag_write' | 'bag_create' | 'bag_acl', pool: Pool, byId: (id: number) => Pool | undefined) => void
}

export function planSave(stored: readonly Pool[], documents: readonly PoolDocument[], context: SaveContext): { all: Pool[]; saved: Pool[] } {
  const all = new Map(stored.map((pool) => [pool.id, pool]))
  const saved = new Map<number, Pool>()
  documents.forEach((document, i) => {
    const before = known(document, all)
    const after = before ? changed(before, document, all, context) : made(document, all, context.freshIds[i] as number, context)
    all.set(after.id, after)
    saved.set(after.id, after)
  })
  const tree = new PoolTree(all.values())
  for (const { id } of saved.values()) if (!tree.path(id)) fail('IllegalPathForPool', { id })
  refuseDuplicates(all.values())
  return { all: [...all.values()], saved: [...saved.values()] }
}

type Pools = ReadonlyMap<number, Pool>

/** The stored pool a document is about; undefined when it makes a new one. */
function known({ pool }: PoolDocument, all: Pools): Pool | undefined {
  const lookup = pool['lookup:_id']
  if (lookup) return byReference(lookup.reference, all)
  if (pool._id === undefined || pool._id === null) return undefined
  return all.get(pool._id) ?? fail('LookupNotFound', { key: '_id', value: String(pool._id) })
}

const byReference = (reference: string, all: Pools): Pool =>
  [...all.values()].find((pool) => pool.reference === reference) ?? fail('LookupNotFound', { key: 'reference', value: reference })

function made(document: PoolDocument, all: Pools, id: number, context: SaveContext): Pool {
  const { pool } = document
  checkVersion(pool._version ?? 1, 1, 'pool')
  if (pool.is_system_pool) fail('UnableToSetIsSystemPool', {})
  const parent = parentOf(document, all) ?? fail('PoolNeedsParent', {})
  context.demand('bag_create', parent, (above) => all.get(above))
  const settings = { ...(context.owner && { _owner: context.owner }), ...settingsOf(document) }
  const times = { createdAt: context.now, updatedAt: context.now }
  return { id, version: 1, parentId: parent.id, reference: pool.reference || null, isSystem: false, fields: fieldsOf(document), settings, ...times }
}

function changed(before: Pool, document: PoolDocument, all: Pools, context: SaveContext): Pool {
  const { pool } = document
  checkVersion(pool._version ?? 0, before.version + 1, `pool:${before.id}`)
  if (pool.is_system_pool !== undefined && pool.is_system_pool !== before.isSystem) fail('UnableToSetIsSystemPool', {})
  const byId = (id: number) => all.get(id)
  context.demand('bag_write', before, byId)
  const settings = { ...before.settings, ...settingsOf(document), ...listOf(document, before, context.root) }
  if (!isDeepStrictEqual(rulesOf(before.settings), rulesOf(settings))) context.demand('bag_acl', before, byId)
  const moved = pool._id_parent !== undefined || pool['lookup:_id_parent'] !== undefined
  const parent = moved ? parentOf(document, all) : before.parentId === null ? null : all.get(before.parentId)
  if (!parent && before.parentId !== null) fail('PoolNeedsParent', {})
  if (parent && parent.id !== before.parentId) {
    // The root is above everything, so wherever it went it would lie below itself.
    if (before.parentId === null) fail('IllegalPathForPool', { id: before.id })
    context.demand('bag_create', parent, byId)
  }
  return {
    ...before,
    version: before.version + 1,
    parentId: parent?.id ?? null,
    reference: pool.reference === undefined ? before.reference : pool.reference || null,
    fields: { ...before.fields, ...fieldsOf(document) },
    settings,
    updatedAt: context.now,
  }
}

/** Sticky entries are there to stay: a list that leaves one out keeps it, unless root sends the list. */
function listOf({ _acl: sent }: PoolDocument, { settings: { _acl: stored } }: Pool, root: boolean): Pick<PoolSettings, '_acl'> {
  if (!sent || root) return {}
  const kept = (stored ?? []).filter((entry) => entry.sticky && !sent.some(({ _id }) => _id === entry._id))
  return { _acl: [...sent, ...kept] }
}

/** What only somebody with `bag_acl` changes. */
const rulesOf = ({ _acl, _private_acl }: PoolSettings) => ({ acl: _acl ?? [], isPrivate: _private_acl ?? false })

function parentOf({ pool }: PoolDocument, all: Pools): Pool | null {
  const lookup = pool['lookup:_id_parent']
  if (lookup) return byReference(lookup.reference, all)
  if (pool._id_parent === undefined || pool._id_parent === null) return null
  return all.get(pool._id_parent) ?? fail('LookupNotFound', { key: '_id_parent', value: String(pool._id_parent) })
}

function checkVersion(received: number, expected: number, object: string): void {
  if (received === expected) return
  fail('VersionMismatch', { currentversion: expected - 1, receivedversion: received, expectedversion: expected, got: received, expected, object })
}

/** Keys of the inner block that are stored in fields of their own, or stand for one. */
const OWN_FIELDS = ['_id', '_version', 'lookup:_id', 'reference', '_id_parent', 'lookup:_id_parent', 'is_system_pool']
/** Keys around it that only answers have, besides the block itself. */
const ANSWERED = ['_basetype', 'pool', '_compiled_tags', '_path', '_level', '_has_children', '_generated_rights', '_created_at', '_updated_at']

const fieldsOf = ({ pool }: PoolDocument): PoolFields => without(pool, OWN_FIELDS)

/** An access list or owner that is null stays as it is; only an empty list takes grants away. */
const settingsOf = (document: PoolDocument): PoolSettings =>
  without(document, [...ANSWERED, ...(['_acl', '_owner'] as const).filter((key) => !document[key])])

const without = (object: object, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))

function refuseDuplicates(pools: Iterable<Pool>): void {
  const seen = new Set<string>()
  for (const pool of pools)
    for (const [name, value] of [['reference', pool.reference] as const, ['shortname', shortnameKey(pool)] as const]) {
      if (value === null) continue
      const key = `${name}:${value}`
      if (seen.has(key)) fail('DatabaseUniqueKeyViolation', { name })
      seen.add(key)
    }
}
