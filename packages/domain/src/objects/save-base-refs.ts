/** Pools, tags, users and groups that a save names: found together, one statement per kind. */
import { fail } from '../errors.ts'
import { ROOT_REFERENCE } from '../people/account.ts'
import { isNew, type BaseRef, type Draft, type OwnerRef } from './save-draft.ts'
import { together } from './together.ts'
import type { Addresses, BaseRow, GroupRow, PoolRow, RecordTransaction, TagRow } from './write-store.ts'

export interface BaseRefs {
  pool(ref: BaseRef): number
  tag(ref: BaseRef): number
  tagsById: ReadonlyMap<number, TagRow>
  /** The built-in user who owns what is made through masks that keep the owner out of sight. */
  rootId: number | null
  owner(ref: OwnerRef): { readonly ownerUser: number | null; readonly ownerGroup: number | null }
}

export async function resolveBaseRefs(tx: RecordTransaction, drafts: readonly Draft[]): Promise<BaseRefs> {
  const pools = drafts.flatMap(({ pool }) => (pool ? [pool] : []))
  const tags = drafts.flatMap((draft) => draft.tags ?? [])
  const owners = drafts.flatMap(({ owner, createUser }) => [owner, createUser].filter((ref) => ref !== null))
  const hidesOwner = drafts.some((draft) => isNew(draft) && draft.mask.system.owner.inEditor === false)
  const users = [...owners.filter(({ kind }) => kind === 'user'), ...(hidesOwner ? [ROOT] : [])]
  const groups = owners.filter(({ kind }) => kind === 'group')
  // New records without tags get the default tags.
  const wantsTags = drafts.some((draft) => draft.plan.table.hasTags && (isNew(draft) || draft.tags !== null || draft.group !== null))
  const [poolRows, tagRows, userRows, groupRows] = await together([
    pools.length > 0 ? tx.pools(addresses(pools)) : [],
    wantsTags ? tx.tags(addresses(tags)) : [],
    users.length > 0 ? tx.users(addresses(users)) : [],
    groups.length > 0 ? tx.groups(addresses(groups)) : [],
  ])
  const [findPool, findTag, findUser, findGroup] = [
    finder<PoolRow>(poolRows),
    finder<TagRow>(tagRows),
    finder<BaseRow>(userRows),
    finder<GroupRow>(groupRows),
  ]
  return {
    rootId: hidesOwner ? findUser(ROOT).id : null,
    pool: (ref) => usablePool(findPool(ref), ref),
    tag: (ref) => findTag(ref).id,
    tagsById: new Map(tagRows.map((row) => [row.id, row])),
    owner: (ref) =>
      ref.kind === 'user' ? { ownerUser: findUser(ref).id, ownerGroup: null } : { ownerUser: null, ownerGroup: ownGroup(findGroup(ref), ref) },
  }
}

const ROOT: OwnerRef = { kind: 'user', reference: ROOT_REFERENCE, where: '' }

function addresses(refs: readonly BaseRef[]): Addresses {
  const ids = new Set<number>()
  const references = new Set<string>()
  for (const { id, reference } of refs) {
    if (id !== undefined) ids.add(id)
    else if (reference !== undefined) references.add(reference)
  }
  return { ids: [...ids], references: [...references] }
}

function finder<R extends BaseRow>(rows: readonly R[]): (ref: BaseRef) => R {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const byReference = new Map(rows.map((row) => [row.reference, row]))
  return ({ id, reference, where }) => {
    const row = id !== undefined ? byId.get(id) : byReference.get(reference ?? '')
    return row ?? fail('LookupNotFound', { key: id !== undefined ? `${where}._id` : `${where}.lookup:_id.reference`, value: String(id ?? reference) })
  }
}

function usablePool(row: PoolRow, { where }: BaseRef): number {
  if (row.isRoot) fail('SchemaInconsistent', { msg: `${where}: the root pool cannot hold records` })
  return row.id
}

function ownGroup(row: GroupRow, { where }: OwnerRef): number {
  if (row.isSystem) fail('SchemaInconsistent', { msg: `${where}: a system group cannot own records` })
  return row.id
}
