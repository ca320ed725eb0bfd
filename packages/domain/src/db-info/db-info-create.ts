/** Which records a caller could create, and how. */
import { setImmediate as otherWork } from 'node:timers/promises'
import type { AccessSource, AccessSubject, CallerAccess } from '../access/access.ts'
import type { Datamodel, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import type { Places } from '../places/places.ts'
import { defaultsOf, type PlaceTags } from '../tags/place-tags.ts'
import { availableMasks } from './available-masks.ts'

export interface CreateQuestion {
  readonly caller: Caller
  readonly access: CallerAccess
  readonly datamodel: Datamodel | null
  readonly places: Places
  readonly table: Table | null
  readonly poolId: number | null
  /** Undefined for the default tags; null when conditions on tags are taken as fulfilled. */
  readonly tagIds: readonly number[] | null | undefined
}

export interface CreateAnswer {
  readonly _available_objecttypes: { _id: number; name: string; pool_ids?: number[] }[]
  readonly _available_masks: { _id?: number; name: string }[]
  readonly _available_tags: { _id: number; is_default: boolean }[]
}

/** There is nothing to know of a record that does not exist and lies below none. */
const NOTHING: AccessSource = { ancestors: () => Promise.resolve(new Map()), memberships: () => Promise.resolve(new Map()) }

export async function answerCreate(question: CreateQuestion): Promise<CreateAnswer> {
  const tags = tagsThere(question)
  demandTags(question, tags)
  const defaults = new Set(defaultsOf(tags).map(({ tag }) => tag.id))
  const usable = [...tags].filter(([, { enabled }]) => enabled)
  return {
    _available_objecttypes: await availableObjecttypes(question),
    _available_masks: await masksThere(question),
    _available_tags: usable.map(([_id]) => ({ _id, is_default: defaults.has(_id) })),
  }
}

/** Those of the place that the question names, as far as it does. */
function tagsThere({ places, table, poolId }: CreateQuestion): PlaceTags {
  if (table && !table.hasTags) return new Map()
  if (table) return places.of(table, poolId).tags
  return (poolId === null ? places.instance : places.ofPool(poolId)).tags
}

function demandTags({ tagIds, places }: CreateQuestion, there: PlaceTags): void {
  for (const tagid of tagIds ?? []) {
    if (!places.instance.tags.has(tagid)) fail('TagNotFound', { tagid })
    if (!there.get(tagid)?.enabled) fail('TagNotEnabled', { tagid })
  }
}

async function availableObjecttypes(question: CreateQuestion): Promise<CreateAnswer['_available_objecttypes']> {
  const { table, poolId, places, datamodel } = question
  const pools = poolId === null ? places.recordPools() : places.recordPools().filter((id) => id === poolId)
  const found: CreateAnswer['_available_objecttypes'] = []
  for (const candidate of table ? [table] : (datamodel?.model.objecttypes ?? [])) {
    const { id, name, poolLink } = candidate
    const where = poolLink ? pools : [null]
    const rights = await question.access.rightsOn(
      NOTHING,
      where.map((pool) => newRecord(question, candidate, pool)),
    )
    const open = where.filter((_, i) => rights[i]?.['create'])
    if (open.length > 0) found.push({ _id: id, name, ...(poolLink && { pool_ids: open.filter((pool) => pool !== null) }) })
    // Many pools times many object types take a while; others shall not wait for all of it.
    await otherWork()
  }
  return found
}

async function masksThere(question: CreateQuestion): Promise<CreateAnswer['_available_masks']> {
  const { access, table, datamodel, places } = question
  const poolId = table?.poolLink ? question.poolId : null
  if (!table || !datamodel || (table.poolLink && poolId === null)) return []
  const subject = newRecord(question, table, poolId)
  const [rights = {}] = await access.rightsOn(NOTHING, [subject])
  const asked = { table, datamodel, places, poolId, root: access.root }
  const masks = availableMasks(asked, [{ rights, tags: subject.anyTags ? null : subject.tags }])
  return masks.length > 0 ? masks : fail('NoMasksForCreate', { objecttype: table.name, ...(poolId !== null && { pool: poolId }) })
}

function newRecord({ caller, places, tagIds }: CreateQuestion, table: Table, poolId: number | null): AccessSubject {
  const tags = table.hasTags ? (tagIds ?? defaultsOf(places.of(table, poolId).tags).map(({ tag }) => tag.id)) : []
  return {
    ...{ systemId: null, tableId: table.id, poolId, parentId: null, ownerUser: caller.userId, ownerGroup: null, privateAcl: false, acl: null },
    ...(tagIds === null ? { tags: [], anyTags: true } : { tags }),
  }
}
