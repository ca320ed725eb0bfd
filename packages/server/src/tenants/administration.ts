/** Pools, tags, workflow rules and settings of object types of one instance, built from their stores. */
import type { AccessService } from '@vitrine/domain/access/access-service'
import type { Datamodels } from '@vitrine/domain/datamodel/datamodels'
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
  readonly poolStore: PoolStore
  readonly tagStore: TagStore
  readonly transitionStore: TransitionStore
  readonly principals: Principals
  readonly counters: Counters
  readonly clock: Clock
  readonly access: AccessService
  readonly places: PlacesAt
  readonly onChoicesChanged: () => Promise<void>
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
  poolStore,
  tagStore,
  transitionStore,
  principals,
  counters,
  clock,
  access,
  places,
  onChoicesChanged,
}: AdministrationPorts): Administration {
  return {
    objecttypes: new ObjecttypeService({ store: objecttypeStore, datamodels, clock, counters, principals, places }),
    pools: new PoolService({ store: poolStore, counters, principals, clock, datamodels, places, access }),
    tags: new TagService({ store: tagStore, counters, principals, clock, datamodels, onChoicesChanged }),
    transitions: new TransitionService({ store: transitionStore, counters, principals }),
  }
}
