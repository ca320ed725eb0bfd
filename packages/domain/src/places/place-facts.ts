/** Settings of the places where records are kept, and of the whole instance, as far as rules and tags go: read in one look. */
import type { Principal } from '../people/principals.ts'
import type { ObjecttypeDocument } from '../objecttypes/objecttype.ts'
import type { PoolSettings } from '../pools/pool.ts'
import type { TagGroup } from '../tags/tag.ts'
import type { Transition } from '../transitions/transition-store.ts'

type Inherited = '_tags' | '_private_tags' | '_transitions' | '_private_transitions'
export type PlaceSettings = Pick<PoolSettings & ObjecttypeDocument, Inherited>

export interface PlacePool extends PlaceSettings {
  readonly id: number
  readonly parentId: number | null
  readonly contact: Principal | null
  readonly _standard_masks?: PoolSettings['_standard_masks']
}

export interface PlaceObjecttype extends PlaceSettings, Pick<ObjecttypeDocument, '_standard_masks' | '_maskfilters'> {
  readonly tableId: number
}

export interface PlaceFacts {
  /** In their order. */
  readonly rules: readonly Transition[]
  readonly tagGroups: readonly TagGroup[]
  readonly pools: readonly PlacePool[]
  /** Those that were ever saved. */
  readonly objecttypes: readonly PlaceObjecttype[]
}

export interface PlaceSource {
  /** The newest settings with their revision, all of one moment. */
  read(): Promise<{ readonly revision: number; readonly value: PlaceFacts }>
}
