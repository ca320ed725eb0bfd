/** Pools, tags, workflow rules and settings of object types of one instance, built from their stores. */
import type { Datamodels } from '@vitrine/domain/datamodel/datamodels'
import type { StandardMasks } from '@vitrine/domain/objecttypes/standard-masks'
import type { ObjecttypeStore } from '@vitrine/domain/objecttypes/objecttype-store'
import { ObjecttypeService } from '@vitrine/domain/objecttypes/objecttypes'
import type { PlacesAt } from '@vitrine/domain/places/places-knowing'
import type { Principals } from '@vitrine/domain/people/principals'
import type { PoolStore } from '@vitrine/domain/pools/pool-store'
import { PoolService } from '@vitrine/domain/pools/pools'
import type { Clock } from '@vitrine/domain/ports/clock'
import type { Counters } from '@vitrine/domain/ports/counters'
import type { TagStore } from '@vitrine/domain/tags/tag-store'
import { TagService } from '@vitrine/domain/tags/tags'
import type { TransitionStore } from '@vitrine/domain/transitions/transition-store'
import { TransitionService } from '@vitrine/domain/transitions/transitions'

export interface AdministrationPorts {
  readonly datamodels: Datamodels
  readonly objecttypeStore: ObjecttypeStore
  readonly standardMasks: StandardMasks
  readonly poolStore: PoolStore
  readonly tagStore: TagStore
  readonly transitionStore: TransitionStore
  readonly principals: Principals
  readonly counters: Counters
  readonly clock: Clock
  readonly places: PlacesAt
}

export interface Administration {
  readonly objecttypes: ObjecttypeService
  readonly pools: PoolService
  readonly tags: TagService
  readonly transitions: TransitionService
}

export function administrationOf({
  datamodels,
  objecttypeStore,
  standardMasks,
  poolStore,
  tagStore,
  transitionStore,
  principals,
  counters,
  clock,
  places,
}: AdministrationPorts): Administration {
  return {
    objecttypes: new ObjecttypeService({ store: objecttypeStore, standardMasks, datamodels, counters, principals, places }),
    pools: new PoolService({ store: poolStore, counters, principals, clock, places }),
    tags: new TagService({ store: tagStore, counters, principals }),
    transitions: new TransitionService({ store: transitionStore, counters, principals }),
  }
}
