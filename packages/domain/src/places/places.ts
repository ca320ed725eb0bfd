/**
 * Where a record is kept decides which workflow rules and tags there are: the whole instance first, then each pool from the root
 * down to the record's own; for types that are not kept in pools, the object type. Everything is worked out once per revision of
 * the settings. A place that adds nothing shares what the place above has, so that many pools cost little.
 */
import type { Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Principal } from '../people/principals.ts'
import { instanceTags, tagsBelow, type PlaceTags } from '../tags/place-tags.ts'
import { ruleOf, type Rule } from '../workflow/rule.ts'
import { conditionOf, type TagCondition } from '../tags/tag-condition.ts'
import type { PlaceFacts, PlaceObjecttype, PlacePool, PlaceSettings } from './place-facts.ts'

export interface Place {
  readonly rules: readonly Rule[]
  readonly tags: PlaceTags
  /** Who answers questions about the pool, or about the nearest one above that says so; null where none does. */
  readonly contact: Principal | null
}

export class Places {
  /** False where no place has a rule, so that nothing needs to be looked at. */
  readonly haveRules: boolean
  /** What holds where no pool or object type says anything. */
  readonly instance: Place
  readonly #pools: ReadonlyMap<number, PlacePool>
  readonly #objecttypes: ReadonlyMap<number, PlaceObjecttype>
  readonly #poolPlaces = new Map<number, Place>()
  /** By the object type of one version of the datamodel, because places carry its name. */
  readonly #tablePlaces = new WeakMap<Table, Place>()

  constructor({ rules, tagGroups, pools, objecttypes }: PlaceFacts) {
    this.instance = { rules: rules.flatMap(ruleOf), tags: instanceTags(tagGroups), contact: null }
    this.#pools = new Map(pools.map((pool) => [pool.id, pool]))
    this.#objecttypes = new Map(objecttypes.map((objecttype) => [objecttype.tableId, objecttype]))
    const lists = [rules, ...[...pools, ...objecttypes].map(({ _transitions }) => _transitions ?? [])]
    this.haveRules = lists.some((list) => list.some((rule) => ruleOf(rule).length > 0))
  }

  /** The place of a record. One that is kept in no pool although its type wants one is under the rules of the instance only. */
  of(table: Table, poolId: number | null): Place {
    if (!table.poolLink) return this.ofTable(table)
    return poolId === null ? this.instance : this.ofPool(poolId)
  }

  hasPool(id: number): boolean {
    return this.#pools.has(id)
  }

  /** Pools that can hold records: all but the root. */
  recordPools(): number[] {
    return [...this.#pools.values()].flatMap(({ id, parentId }) => (parentId === null ? [] : [id]))
  }

  /** Ids of masks in order of preference, as far as settings say one: those of the nearest pool that names any, then those of the type. */
  standardMasks(table: Table, poolId: number | null): readonly number[] {
    let named: readonly number[] = []
    for (let at = this.#pools.get(poolId ?? 0); at && named.length === 0; at = at.parentId === null ? undefined : this.#pools.get(at.parentId))
      named = at._standard_masks?.[String(table.id)] ?? []
    return [...named, ...(this.#objecttypes.get(table.id)?._standard_masks ?? [])]
  }

  /** Tags that a record must have for a mask to be used for it; undefined where nothing is said. */
  maskCondition(table: Table, maskId: number): TagCondition | undefined {
    const filter = this.#objecttypes.get(table.id)?._maskfilters?.[String(maskId)]?.tagfilter
    return filter && conditionOf(filter)
  }

  ofPool(id: number): Place {
    // A pool that was made after the settings were read: rules that hold there must not be missed.
    if (!this.#pools.has(id)) fail('DatabaseLockError', { object: `pool:${id}` }, { retryable: true })
    const path: PlacePool[] = []
    let above: Place | undefined
    for (let at = this.#pools.get(id); at && !above; at = at.parentId === null ? undefined : this.#pools.get(at.parentId)) {
      above = this.#poolPlaces.get(at.id)
      if (!above) path.unshift(at)
    }
    return path.reduce((place, pool) => {
      const next = below(place, pool, `pool:${pool.id}`, pool.contact)
      this.#poolPlaces.set(pool.id, next)
      return next
    }, above ?? this.instance)
  }

  /** What an object type says, whether or not its records are kept in pools. */
  ofTable(table: Table): Place {
    const known = this.#tablePlaces.get(table)
    if (known) return known
    const settings = this.#objecttypes.get(table.id)
    const place = settings ? below(this.instance, settings, `objecttype:${table.id}:${table.name}`, null) : this.instance
    this.#tablePlaces.set(table, place)
    return place
  }
}

function below(above: Place, settings: PlaceSettings, origin: string, contact: Principal | null): Place {
  const kept = settings._private_transitions ? above.rules.filter(({ sticky }) => sticky) : above.rules
  const own = (settings._transitions ?? []).flatMap(ruleOf)
  const rules = own.length > 0 ? [...kept, ...own] : kept
  return { rules, tags: tagsBelow(above.tags, settings, origin), contact: contact ?? above.contact }
}
