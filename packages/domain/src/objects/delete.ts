/**
 * Deleting, restoring and purging records: a request is carried out as a whole or not at all. What it leaves open ends the
 * transaction and comes back as a question. A request that is only tried out takes the same way and is rolled back at its end.
 */
import type { Datamodels } from '../datamodel/datamodels.ts'
import { NeedsDecision } from '../dialogue/dialogue.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { requireDistinct } from './delete-heads.ts'
import { purgeRecords } from './delete-purge.ts'
import { ReachMoved, type Deleted, type DeletePolicy, type Deletion, type DeletionItem, type DeletionRequest } from './delete-request.ts'
import { restoreRecords } from './delete-restore.ts'
import { trashRecords } from './delete-trash.ts'
import { requireRecordRight } from './record-rights.ts'
import { committedDatamodel, objecttypeOf } from './save.ts'
import { DatamodelMoved } from './save-write.ts'
import type { RecordTransaction, RecordWriteStore } from './write-store.ts'

export interface DeletionOptions {
  readonly policy?: DeletePolicy
  /** Everything is found out and nothing is stored. */
  readonly dryRun?: boolean
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
  readonly #store: RecordWriteStore
  readonly #datamodels: Datamodels

  constructor(ports: { store: RecordWriteStore; datamodels: Datamodels }) {
    this.#store = ports.store
    this.#datamodels = ports.datamodels
  }

  async delete(objecttype: string, items: readonly DeletionItem[], caller: Caller, options: DeletionOptions = {}): Promise<Deletion> {
    let version = caller.datamodelVersion
    for (let restart = 1; ; restart++) {
      try {
        const datamodel = await committedDatamodel(this.#datamodels, version, objecttype)
        const request = { datamodel, table: objecttypeOf(datamodel, objecttype), items, policy: options.policy ?? null, caller, now: new Date() }
        requireRecordRight(caller, request.table, 'delete')
        requireDistinct(request)
        return { done: true, ...(await this.#run(request, options.dryRun ?? false)) }
      } catch (error) {
        if (error instanceof NeedsDecision) return { done: false, tasks: error.tasks }
        if (error instanceof DatamodelMoved) version = error.version
        else if (!(error instanceof ReachMoved)) throw error
        if (restart === RESTARTS) fail('DatabaseLockError', { object: objecttype }, { cause: error, retryable: true })
      }
    }
  }

  async #run(request: DeletionRequest, dryRun: boolean): Promise<Deleted> {
    try {
      return await this.#store.transaction(async (tx) => {
        const deleted = await carriedOut(tx, request)
        if (dryRun) throw new DryRunDone(deleted)
        return deleted
      })
    } catch (error) {
      if (error instanceof DryRunDone) return error.deleted
      throw error
    }
  }
}

async function carriedOut(tx: RecordTransaction, request: DeletionRequest): Promise<Deleted> {
  const version = await tx.datamodelVersion()
  if (version !== request.datamodel.version) throw new DatamodelMoved(version)
  if (request.policy === 'undelete') return restoreRecords(tx, request)
  return request.policy === 'purge' ? purgeRecords(tx, request) : trashRecords(tx, request)
}
