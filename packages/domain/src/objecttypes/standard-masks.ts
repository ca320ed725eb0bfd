/**
 * Which mask sums records up. Settings of pools and of object types may name another than the preferred one, and they take
 * effect without a new version of the datamodel. A pool speaks for the pools below it that do not speak for themselves, and
 * goes before the object type. So the datamodel that reading works with is derived from the committed one.
 *
 * Every change of these settings raises the configuration's revision, which each request brings along: what is derived holds
 * for as long as no newer revision has been seen, whichever server saved it.
 */
import type { Datamodel, Mask, Table } from '../datamodel/model.ts'
import type { Pool } from '../pools/pool.ts'
import type { PoolStore } from '../pools/pool-store.ts'
import { PoolTree } from '../pools/pool-tree.ts'
import type { ObjecttypeStore } from './objecttype-store.ts'

/** Table id to the ids of the masks named for it, in order of preference. */
type Chosen = ReadonlyMap<number, readonly number[]>
interface Choices {
  readonly types: Chosen
  /** What holds in each pool that has or inherits something; nothing else is in here. */
  readonly pools: ReadonlyMap<number, Chosen>
}

export class StandardMasks {
  readonly #objecttypes: Pick<ObjecttypeStore, 'all'>
  readonly #pools: Pick<PoolStore, 'all'>
  #known: { readonly revision: number; readonly choices: Promise<Choices> } | undefined
  #last: { readonly text: string; readonly choices: Choices } | undefined
  readonly #derived = new WeakMap<Datamodel, { readonly choices: Choices; readonly datamodel: Datamodel }>()

  constructor(objecttypes: Pick<ObjecttypeStore, 'all'>, pools: Pick<PoolStore, 'all'>) {
    this.#objecttypes = objecttypes
    this.#pools = pools
  }

  /** The datamodel with the settings of this revision, or of a newer one, applied; the very same one where they change nothing. */
  async applyTo(datamodel: Datamodel, revision: number): Promise<Datamodel> {
    const choices = await this.#choices(revision)
    if (choices.types.size === 0 && choices.pools.size === 0) return datamodel
    const known = this.#derived.get(datamodel)
    if (known?.choices === choices) return known.datamodel
    const derived = derive(datamodel, choices)
    this.#derived.set(datamodel, { choices, datamodel: derived })
    return derived
  }

  #choices(revision: number): Promise<Choices> {
    if (this.#known && this.#known.revision >= revision) return this.#known.choices
    const choices = this.#ask()
    const known = { revision, choices }
    this.#known = known
    // A question that failed is asked again by the next reader, not remembered.
    choices.catch(() => {
      if (this.#known === known) this.#known = undefined
    })
    return choices
  }

  /** Most changes of the configuration are about something else: then the choices are the very same as before. */
  async #ask(): Promise<Choices> {
    const [settings, pools] = await Promise.all([this.#objecttypes.all(), this.#pools.all()])
    const named = settings.map(({ tableId, data }) => [tableId, data.settings._standard_masks ?? []] as const)
    const choices = { types: new Map(named.filter(([, ids]) => ids.length > 0)), pools: choicesOf(pools) }
    const text = JSON.stringify([[...choices.types], [...choices.pools].map(([pool, chosen]) => [pool, [...chosen]])])
    if (this.#last?.text !== text) this.#last = { text, choices }
    return this.#last.choices
  }
}

/** Parents come before children, so what they hand down is known already. */
function choicesOf(pools: readonly Pool[]): ReadonlyMap<number, Chosen> {
  const choices = new Map<number, Chosen>()
  for (const { id, parentId, settings } of new PoolTree(pools).inOrder()) {
    const own = Object.entries(settings._standard_masks ?? {}).filter(([, ids]) => ids.length > 0)
    const above = parentId === null ? undefined : choices.get(parentId)
    if (own.length) choices.set(id, new Map([...(above ?? []), ...own.map(([table, ids]) => [Number(table), ids] as const)]))
    else if (above) choices.set(id, above)
  }
  return choices
}

function derive(datamodel: Datamodel, { types, pools }: Choices): Datamodel {
  const ofType = (table: Table) => firstOf(datamodel, table, types) ?? datamodel.standardMask(table)
  const ofPool = (table: Table, chosen: Chosen | undefined) => (chosen && firstOf(datamodel, table, chosen)) ?? ofType(table)
  // Asked for with every record of a page.
  const known = new Map<Chosen | undefined, Map<number, Mask>>()
  return {
    ...datamodel,
    poolsWithMasks: [...pools.keys()],
    standardMask(table, pool) {
      const chosen = pool === undefined ? undefined : pools.get(pool)
      const masks = known.get(chosen) ?? new Map<number, Mask>()
      known.set(chosen, masks)
      const mask = masks.get(table.id) ?? ofPool(table, chosen)
      masks.set(table.id, mask)
      return mask
    },
  }
}

const firstOf = (datamodel: Datamodel, table: Table, chosen: Chosen): Mask | undefined =>
  (chosen.get(table.id) ?? []).map((id) => datamodel.masksById.get(id)).find((mask) => mask?.table.id === table.id)
