/** Settings for what is put into a collection, judged when they are saved: what they name has to be there and fit together. */
import type { Datamodel, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { RecordTransaction } from '../objects/write-store.ts'
import type { UploadSettings } from './collection.ts'

export async function checkUploadSettings(all: readonly UploadSettings[], datamodel: Datamodel, records: RecordTransaction): Promise<void> {
  if (all.length === 0) return
  for (const settings of all) checkType(settings, datamodel)
  const poolIds = [...new Set(all.flatMap(({ pool_id: pool, linked_pool_id: linked }) => [pool, linked].filter((id) => typeof id === 'number')))]
  const tagIds = [...new Set(all.flatMap(({ tags }) => (tags ?? []).flatMap(({ _id }) => _id ?? [])))]
  const [pools, tags] = await Promise.all([
    poolIds.length === 0 ? [] : records.pools({ ids: poolIds, references: [] }),
    tagIds.length === 0 ? [] : records.tags({ ids: tagIds, references: [] }),
  ])
  for (const id of poolIds) {
    const pool = pools.find((candidate) => candidate.id === id) ?? fail('LookupNotFound', { key: 'pool_id', value: String(id) })
    if (pool.isRoot) fail('ServerGeneric', { msg: 'records cannot be put into the root of the pools' })
  }
  const known = new Set(tags.map(({ id }) => id))
  for (const id of tagIds) if (!known.has(id)) fail('LookupNotFound', { key: 'tags', value: String(id) })
}

function checkType(settings: UploadSettings, datamodel: Datamodel): void {
  const { objecttype, mask_id: maskId, pool_id: poolId, mapping } = settings
  if (typeof mapping === 'number') fail('LookupNotFound', { key: 'mapping', value: String(mapping) })
  if (objecttype === undefined) {
    if (maskId !== undefined || typeof poolId === 'number') fail('ServerGeneric', { msg: 'create_object: a mask or pool needs an objecttype' })
    return
  }
  const table = uploadTable(objecttype, datamodel)
  if (maskId !== undefined && datamodel.masksById.get(maskId)?.table.id !== table.id)
    fail('ServerGeneric', { msg: `create_object: ${maskId} is not a mask of ${objecttype}` })
  if (table.poolLink && typeof poolId !== 'number') fail('ServerGeneric', { msg: `create_object: records of ${objecttype} need a pool_id` })
  if (!table.poolLink && typeof poolId === 'number') fail('ServerGeneric', { msg: `create_object: records of ${objecttype} are not kept in pools` })
}

export function uploadTable(objecttype: string, datamodel: Datamodel): Table {
  const table = datamodel.model.byName.get(objecttype)
  return table && !table.owner ? table : fail('UnknownObjecttype', { objecttype })
}
