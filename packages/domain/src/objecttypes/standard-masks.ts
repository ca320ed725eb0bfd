/**
 * Which mask sums records up. Settings of object types may name another than the preferred one, and they take effect without
 * a new version of the datamodel. So the datamodel that reading works with is derived from the committed one, and derived
 * anew only when the settings say something else.
 *
 * They are asked for once in a moment and not with every record: what this server saves it sees at once, what another server
 * saves a moment later. Only the wording of titles can be that late, never who may see them.
 */
import type { Datamodel, Mask, Table } from '../datamodel/model.ts'
import type { ObjecttypeStore } from './objecttype-store.ts'

/** Table id to the ids of the masks named for it, in order of preference. */
type Chosen = ReadonlyMap<number, readonly number[]>

const MOMENT_MS = 1000

export class StandardMasks {
  readonly #store: ObjecttypeStore
  readonly #now: () => number
  #known: { readonly chosen: Promise<Chosen>; readonly until: number } | undefined
  readonly #derived = new WeakMap<Datamodel, { readonly from: string; readonly datamodel: Datamodel }>()

  constructor(store: ObjecttypeStore, now: () => number = () => performance.now()) {
    this.#store = store
    this.#now = now
  }

  /** The datamodel with these settings applied; the very same one where they change nothing. */
  async applyTo(datamodel: Datamodel): Promise<Datamodel> {
    const chosen = await this.#chosen()
    if (chosen.size === 0) return datamodel
    const from = JSON.stringify([...chosen])
    const known = this.#derived.get(datamodel)
    if (known?.from === from) return known.datamodel
    const derived: Datamodel = { ...datamodel, standardMask: (table) => firstOf(datamodel, table, chosen) ?? datamodel.standardMask(table) }
    this.#derived.set(datamodel, { from, datamodel: derived })
    return derived
  }

  /** To be called when settings were saved here. */
  forget(): void {
    this.#known = undefined
  }

  #chosen(): Promise<Chosen> {
    if (this.#known && this.#known.until > this.#now()) return this.#known.chosen
    const chosen = this.#ask()
    this.#known = { chosen, until: this.#now() + MOMENT_MS }
    // A question that failed is asked again by the next reader, not remembered.
    chosen.catch(() => this.forget())
    return chosen
  }

  async #ask(): Promise<Chosen> {
    const all = await this.#store.all()
    const named = all.map((settings) => [settings.tableId, settings.data.settings._standard_masks ?? []] as const)
    return new Map(named.filter(([, ids]) => ids.length > 0))
  }
}

const firstOf = (datamodel: Datamodel, table: Table, chosen: Chosen): Mask | undefined =>
  (chosen.get(table.id) ?? []).map((id) => datamodel.masksById.get(id)).find((mask) => mask?.table.id === table.id)
