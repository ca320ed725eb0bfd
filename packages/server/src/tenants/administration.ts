/** Pools, tags and workflow rules of one instance, built from their stores. */
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
  readonly poolStore: PoolStore
  readonly tagStore: TagStore
  readonly transitionStore: TransitionStore
  readonly principals: Principals
  readonly counters: Counters
  readonly clock: Clock
}

export interface Administration {
  readonly pools: PoolService
  readonly tags: TagService
  readonly transitions: TransitionService
}

export function administrationOf({ poolStore, tagStore, transitionStore, principals, counters, clock }: AdministrationPorts): Administration {
  return {
    pools: new PoolService({ store: poolStore, counters, principals, clock }),
    tags: new TagService({ store: tagStore, counters, principals }),
    transitions: new TransitionService({ store: transitionStore, counters, principals }),
  }
}
