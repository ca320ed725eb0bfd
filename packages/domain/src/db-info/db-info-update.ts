/** What a caller could do with all of several records, if they were in another pool or had other tags. */
import { setImmediate as otherWork } from 'node:timers/promises'
import type { AccessSource, AccessSubject, CallerAccess, Rights } from '../access/access.ts'
import type { Datamodel, Table } from '../datamodel/model.ts'
import type { Caller } from '../people/caller.ts'
import type { Places } from '../places/places.ts'
import { availableMasks } from './available-masks.ts'

export interface UpdateQuestion {
  readonly caller: Caller
  readonly access: CallerAccess
  readonly datamodel: Datamodel
  readonly places: Places
  readonly table: Table
  readonly source: AccessSource
  /** As they are stored. */
  readonly records: readonly AccessSubject[]
  /** True when some of the records that were asked for are not there. */
  readonly incomplete: boolean
  /** Undefined where nothing would be different. */
  readonly poolId: number | undefined
  readonly tagIds: readonly number[] | undefined
}

export interface UpdateAnswer {
  readonly _available_masks: { _id?: number; name: string }[]
  readonly _available_tags: { _id: number }[]
  readonly _available_pools: number[]
  readonly _generated_rights: Record<string, Record<string, never>>
}

const NOTHING: UpdateAnswer = { _available_masks: [], _available_tags: [], _available_pools: [], _generated_rights: {} }

export async function answerUpdate(question: UpdateQuestion): Promise<UpdateAnswer> {
  const { access, source, records, incomplete } = question
  // Nothing is told of records that are not there, nor whether they are: they look like those that may not be read.
  if (incomplete) return NOTHING
  const supposed = records.map((record) => supposedly(question, record))
  const [now, then] = [await access.rightsOn(source, records), await access.rightsOn(source, supposed)]
  const rights = now.map((held, i) => ({ now: held, then: then[i] ?? {} }))
  const _generated_rights = Object.fromEntries(sharedRights(rights).map((name) => [name, {}]))
  if (!now.every((held) => held['read'])) return { ...NOTHING, _generated_rights }
  return {
    _available_masks: masksFor(question, supposed, then),
    _available_tags: tagsFor(question, supposed).map((_id) => ({ _id })),
    _available_pools: await poolsFor(question, supposed, now),
    _generated_rights,
  }
}

function supposedly({ table, poolId, tagIds }: UpdateQuestion, record: AccessSubject): AccessSubject {
  return {
    ...record,
    ...(poolId !== undefined && table.poolLink && { poolId }),
    ...(tagIds !== undefined && table.hasTags && { tags: tagIds }),
  }
}

/** Whether a record may leave its pool is a matter of the pool it is in. */
function sharedRights(rights: readonly { readonly now: Rights; readonly then: Rights }[]): string[] {
  const held = rights.map(({ now, then }) => {
    const names = new Set(Object.keys(then))
    names.delete('unlink')
    return now['unlink'] ? names.add('unlink') : names
  })
  const [first = new Set<string>(), ...others] = held
  return [...first].filter((name) => others.every((names) => names.has(name)))
}

function masksFor({ table, datamodel, places, access }: UpdateQuestion, supposed: readonly AccessSubject[], rights: readonly Rights[]) {
  const pools = new Set(supposed.map(({ poolId }) => poolId))
  const [first = null] = pools
  const poolId = pools.size === 1 ? first : null
  const cases = supposed.map(({ tags }, i) => ({ rights: rights[i] ?? {}, tags }))
  return availableMasks({ table, datamodel, places, poolId, root: access.root }, cases)
}

function tagsFor({ table, places }: UpdateQuestion, supposed: readonly AccessSubject[]): number[] {
  if (!table.hasTags) return []
  const lists = [...new Set(supposed.map(({ poolId }) => places.of(table, poolId).tags))]
  return [...places.instance.tags.keys()].filter((id) => lists.every((tags) => tags.get(id)?.enabled))
}

/** For each of the records: the pool it is in, or one that it may be put into, if it may leave its own. */
async function poolsFor(question: UpdateQuestion, supposed: readonly AccessSubject[], now: readonly Rights[]): Promise<number[]> {
  const { table, places, records, access, source } = question
  if (!table.poolLink) return []
  // What may not leave its pool leaves that pool as the only one for all of them.
  const bound = new Set(records.flatMap(({ poolId }, i) => (poolId !== null && !now[i]?.['unlink'] ? [poolId] : [])))
  let left = places.recordPools().filter((id) => [...bound].every((pool) => pool === id))
  for (const { from, subject } of kindsOf(question, supposed)) {
    const rights = await access.rightsOn(
      source,
      left.map((poolId) => ({ ...subject, poolId })),
    )
    left = left.filter((id, i) => id === from || rights[i]?.['link'])
    // Many pools times many kinds of records take a while; others shall not wait for all of it.
    await otherWork()
  }
  return left
}

/** Entries that let records into a pool look at tags and owner only: one record of each kind stands for all of it. */
function kindsOf({ caller, records }: UpdateQuestion, supposed: readonly AccessSubject[]) {
  const owns = ({ ownerUser, ownerGroup }: AccessSubject) =>
    ownerUser === caller.userId || (ownerGroup !== null && caller.groupIds.includes(ownerGroup))
  const kinds = supposed.map((subject, i) => {
    const from = records[i]?.poolId ?? null
    const key = `${from} ${owns(subject)} ${subject.privateAcl} ${subject.tags.toSorted((a, b) => a - b).join()}`
    return [key, { from, subject: { ...subject, systemId: null, parentId: null, acl: null } }] as const
  })
  return new Map(kinds).values()
}
