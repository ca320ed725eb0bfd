/** What collections are made of. */
import type { Access } from '../access/access.ts'
import type { Datamodels } from '../datamodel/datamodels.ts'
import type { Principals } from '../people/principals.ts'
import type { Clock } from '../ports/clock.ts'
import type { Counters } from '../ports/counters.ts'
import type { CollectionStore } from './collection-store.ts'

export interface CollectionPorts {
  readonly store: CollectionStore
  readonly counters: Counters
  readonly principals: Principals
  readonly clock: Clock
  readonly datamodels: Datamodels
  readonly access: Access
  readonly instanceId: string
  /** How global ids of this instance end. */
  readonly databaseName: string
}
