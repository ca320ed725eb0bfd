/**
 * Deleting, restoring and purging records: a request is carried out as a whole or not at all. What it leaves open ends the
 * transaction and comes back as a question. A request that is only tried out takes the same way and is rolled back at its end.
 */
import type { Access } from '../access/access.ts'
import type { Datamodels } from '../datamodel/datamodels.ts'
import type { Datamodel } from '../datamodel/model.ts'
import { NeedsDecision } from '../dialogue/dialogue.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { requestDigest } from '../workflow/confirmations.ts'
import { tellingOfRejections, type FollowUpQueue } from '../workflow/rejection.ts'
import type { Workflow } from '../workflow/workflow.ts'
import type { Gatherer } from '../collections/collection-records.ts'
import { gatherRecords } from './delete-gather.ts'
import { requireDistinct } from './delete-heads.ts'
import { purgeRecords } from './delete-purge.ts'
import { ReachMoved, type Deleted, type DeletePolicy, type Deletion, type DeletionItem, type DeletionRequest } from './delete-request.ts'
import { restoreRecords } from './delete-restore.ts'
import { trashRecords } from './delete-trash.ts'
import { committedDatamodel, objecttypeOf } from './save.ts'
import { DatamodelMoved } from './save-write.ts'
import type { RecordTransaction, RecordWriteStore } from './write-store.ts'

export interface DeletionOptions {
  readonly policy?: DeletePolicy | null
  /** `confirmTransition` as it was sent. */
  readonly confirmation?: string | null
  /** Everything is found out and nothing is stored. */
  readonly dryRun?: boolean
}

export interface DeleterPorts {
  readonly store: RecordWriteStore
  readonly datamodels: Datamodels
  readonly access: Access
  readonly workflows: { of(caller: Caller): Promise<Workflow> }
  readonly gatherer: Gatherer
  readonly followUps: FollowUpQueue
}

/** How often a deletion starts over because the datamodel moved, or because it came to reach further. */
const RESTARTS = 8

/** Ends a dry run's transaction. */
class DryRunDone extends Error {
  readonly deleted: Deleted
  constructor(deleted: Deleted) {
    super('dry run')
    this.deleted = deleted
  }
}

export class RecordDeleter {
  readonly #ports: DeleterPorts

  constructor(ports: DeleterPorts) {
    this.#ports = ports
  }

  async delete(objecttype: string, items: readonly DeletionItem[], caller: Caller, options: DeletionOptions = {}): Promise<Deletion> {
    let version = caller.datamodelVersion
    for (let restart = 1; ; restart++) {
      try {
        const datamodel = await committedDatamodel(this.#ports.datamodels, version, objecttype)
        const request = await this.#prepared(datamodel, objecttype, items, caller, options)
        return { done: true, ...(await this.#told(request, options.dryRun ?? false)) }
      } catch (error) {
        if (error instanceof NeedsDecision) return { done: false, tasks: error.tasks }
        if (error instanceof DatamodelMoved) version = error.version
        else if (!(error instanceof ReachMoved)) throw error
        if (restart === RESTARTS) fail('DatabaseLockError', { object: objecttype }, { cause: error, retryable: true })
      }
    }
  }

  /** Whatever is asked of other stores is asked here: inside the transaction a second connection could be waited for in a circle. */
  async #prepared(
    datamodel: Datamodel,
    objecttype: string,
    items: readonly DeletionItem[],
    caller: Caller,
    { policy = null, confirmation = null, dryRun = false }: DeletionOptions,
  ): Promise<DeletionRequest> {
    const request = {
      ...{ datamodel, table: objecttypeOf(datamodel, objecttype), items, policy, caller, confirmation, now: new Date() },
      access: await this.#ports.access.of(caller),
      workflow: await this.#ports.workflows.of(caller),
      digest: requestDigest('delete', objecttype, items),
      gathering: null,
    }
    requireDistinct(request)
    return policy === 'create_collection' && !dryRun ? { ...request, gathering: await this.#ports.gatherer.prepare(caller) } : request
  }

  /** Nobody is written to about a rejection that was only tried out. */
  #told(request: DeletionRequest, dryRun: boolean): Promise<Deleted> {
    return dryRun ? this.#run(request, true) : tellingOfRejections(this.#ports.followUps, () => this.#run(request, false))
  }

  async #run(request: DeletionRequest, dryRun: boolean): Promise<Deleted> {
    try {
      return await this.#ports.store.transaction(async (tx) => {
        const deleted = await this.#carriedOut(tx, request)
        if (dryRun) throw new DryRunDone(deleted)
        return deleted
      })
    } catch (error) {
      if (error instanceof DryRunDone) return error.deleted
      throw error
    }
  }

  async #carriedOut(tx: RecordTransaction, request: DeletionRequest): Promise<Deleted> {
    const version = await tx.datamodelVersion()
    if (version !== request.datamodel.version) throw new DatamodelMoved(version)
    if (request.policy === 'undelete') return restoreRecords(tx, request)
    if (request.policy === 'purge') return purgeRecords(tx, request)
    return request.policy === 'create_collection' ? gatherRecords(tx, request, this.#ports.gatherer) : trashRecords(tx, request)
  }
}
