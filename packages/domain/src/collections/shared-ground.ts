/**
 * What owners of collections may pass on comes from many places: pools, tags, object types, presets, groups, owners of records.
 * Whatever changes one of these calls `keepGround` at the end of its own transaction. Where nobody shares anything that is one
 * cheap question to the database. Collections are held before the revision of the settings is raised: whoever saves a collection
 * does both in this order too.
 */
import type { Datamodels } from '../datamodel/datamodels.ts'
import type { Model } from '../datamodel/model.ts'
import type { Caller } from '../people/caller.ts'
import type { Clock } from '../ports/clock.ts'
import type { AclDecision } from './collection.ts'
import type { CollectionTransaction } from './collection-store.ts'
import { recheckCollections, switchBroken } from './recheck-collections.ts'

/** A transaction that may take ground away from access lists of collections. */
export interface SharedGround {
  /**
   * Keeps access lists of collections from being changed until the end. Answers collections as this transaction sees them, or null
   * where none has a list.
   */
  sharedCollections(): Promise<CollectionTransaction | null>
}

export interface GroundPorts {
  readonly datamodels: Datamodels
  readonly clock: Clock
}

/** What a check needs; got before the transaction, because it may take a connection of its own. */
export interface GroundCheck {
  readonly model: Model
  readonly now: Date
  /** Null where the request has no way to answer a question: lists that lose their ground are switched off then. */
  readonly asks: { readonly caller: Caller; readonly decision: AclDecision } | null
}

export async function groundCheck({ datamodels, clock }: GroundPorts, caller: Caller, decision: AclDecision | null): Promise<GroundCheck> {
  const { model } = await datamodels.committed(caller.datamodelVersion)
  return { model, now: clock(), asks: decision && { caller, decision } }
}

/** Throws NeedsDecision where the caller has to be asked. */
export async function keepGround(ground: SharedGround, { model, now, asks }: GroundCheck): Promise<void> {
  await recheckHeld(await ground.sharedCollections(), { model, now, asks })
}

/** The same for collections that have been held since before the change. */
export async function recheckHeld(tx: CollectionTransaction | null, { model, now, asks }: GroundCheck): Promise<void> {
  if (!tx) return
  if (asks) await recheckCollections(tx, 'all', { model, now, ...asks })
  else await switchBroken(tx, 'all', { model, now, caller: null })
}
