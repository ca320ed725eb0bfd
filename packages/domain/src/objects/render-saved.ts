/** The answer of a save: the records in the order of the request, each through the mask it was sent with. */
import type { Datamodel, Mask } from '../datamodel/model.ts'
import type { RecordSource } from './record-store.ts'
import type { Page, Rendered } from './render-page.ts'
import { planFor, type RecordPlan } from './render-plan.ts'
import { recordJson } from './render-record.ts'
import type { RenderOptions, SavedItem } from './saved-renderer.ts'

export async function renderSaved(source: RecordSource, page: Page, items: readonly SavedItem[], options: RenderOptions): Promise<string> {
  const plans = await plansOf(source, items, options)
  const rendered = new Map<string, Rendered>()
  for (const [plan, group] of groupBy(items, (item) => plans.get(item))) {
    const found = await source.records(plan.projection, { by: 'systemId', ids: group.map((item) => item.systemId) })
    for (const record of found) rendered.set(keyOf(plan, record.facts.id, record.facts.version), { plan, at: null, ...record })
    // Somebody else may have saved in the meantime: the answer still tells what this request stored.
    const overtaken = group
      .filter((item) => !rendered.has(keyOf(plan, item.systemId, item.version)))
      .map((item) => ({ id: item.systemId, version: item.version }))
    const older = overtaken.length ? await source.records(plan.projection, { by: 'version', versions: overtaken }) : []
    for (const record of older) rendered.set(keyOf(plan, record.facts.id, record.facts.version), { plan, at: null, ...record })
  }
  const records = items.flatMap((item) => rendered.get(keyOf(plans.get(item), item.systemId, item.version)) ?? [])
  await page.load(source, records)
  return `[${records.map((record) => recordJson(page, record)).join(',')}]`
}

/** One request may save a record through one mask only, but different masks for different records. */
const keyOf = (plan: RecordPlan | undefined, id: number | null, version: number) => `${plan?.mask.name} ${id} ${version}`

/** Names of masks are unique over all types, but `_all_fields` is every type's: there the record says which type it is of. */
async function plansOf(
  source: RecordSource,
  items: readonly SavedItem[],
  { datamodel, format, skipReverseNested }: RenderOptions,
): Promise<ReadonlyMap<SavedItem, RecordPlan>> {
  const named = masksByName(datamodel)
  const open = items.filter((item) => !item.mask && !named.has(item.maskName))
  const tables = open.length ? await source.tables(open.map((item) => item.systemId)) : new Map<number, number>()
  const plans = new Map<SavedItem, RecordPlan>()
  for (const item of items) {
    const table = datamodel.model.tables.get(tables.get(item.systemId) ?? 0)
    const mask = item.mask ?? named.get(item.maskName) ?? (table && datamodel.mask(table, item.maskName))
    if (mask) plans.set(item, planFor(datamodel, mask, format, { skipReverse: skipReverseNested === true }))
  }
  return plans
}

const known = new WeakMap<Datamodel, ReadonlyMap<string, Mask>>()
function masksByName(datamodel: Datamodel): ReadonlyMap<string, Mask> {
  const masks = known.get(datamodel) ?? new Map([...datamodel.masksById.values()].map((mask) => [mask.name, mask]))
  known.set(datamodel, masks)
  return masks
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K | undefined): ReadonlyMap<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const group = key(item)
    if (group === undefined) continue
    const members = groups.get(group)
    if (members) members.push(item)
    else groups.set(group, [item])
  }
  return groups
}
