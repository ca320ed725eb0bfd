/** What collections are made of. */
import type { AccessService } from '../access/access-service.ts'
import type { Datamodels } from '../datamodel/datamodels.ts'
import type { Principals } from '../people/principals.ts'
import type { Caller } from '../people/caller.ts'
import type { Clock } from '../ports/clock.ts'
import type { Counters } from '../ports/counters.ts'
import type { Viewer } from './collection-rights.ts'
import type { CollectionStore } from './collection-store.ts'

export interface CollectionPorts {
  readonly store: CollectionStore
  readonly counters: Counters
  readonly principals: Principals
  readonly clock: Clock
  readonly datamodels: Datamodels
  readonly access: Pick<AccessService, 'of' | 'book'>
  readonly instanceId: string
  /** How global ids of this instance end. */
  readonly databaseName: string
}

/** Presets are kept with the compiled rules. Asked for before a connection is held, because loading them takes one. */
export async function viewerOf({ access, clock }: Pick<CollectionPorts, 'access' | 'clock'>, caller: Caller): Promise<Viewer> {
  return { caller, presets: (await access.book(caller.configRevision)).presets, now: clock() }
}
