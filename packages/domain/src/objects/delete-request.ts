/** What somebody wants deleted, restored or purged, and what comes of it. */
import type { CallerAccess } from '../access/access.ts'
import type { Gathering } from '../collections/collection-records.ts'
import type { Datamodel, Table } from '../datamodel/model.ts'
import type { DialogueTask } from '../dialogue/dialogue.ts'
import type { Caller } from '../people/caller.ts'
import type { Workflow } from '../workflow/workflow.ts'

/** Id, stored version, remark. */
export type DeletionItem = readonly [objectId: number, version: number, comment: string | null]
export type DeletePolicy = 'remove' | 'setnull' | 'create_collection' | 'undelete' | 'purge'

export interface DeletionRequest {
  readonly datamodel: Datamodel
  readonly table: Table
  readonly items: readonly DeletionItem[]
  readonly policy: DeletePolicy | null
  readonly caller: Caller
  readonly access: CallerAccess
  readonly workflow: Workflow
  /** Answer to a workflow rule, as it was sent. */
  readonly confirmation: string | null
  /** Digest of which records are meant; what becomes of links is no part of it. */
  readonly digest: string
  readonly now: Date
  /** The collection that records are gathered in instead of being deleted; only with that policy. */
  readonly gathering: Gathering | null
}

/** The lists hold system ids. */
export interface Deleted {
  readonly policy: DeletePolicy | ''
  readonly removed: readonly number[]
  readonly setnull: readonly number[]
  readonly undeleted?: readonly number[]
  readonly createCollection?: number
}

export type Deletion = ({ readonly done: true } & Deleted) | { readonly done: false; readonly tasks: readonly DialogueTask[] }

/** Between looking and locking, somebody has made the deletion reach further: it starts over. */
export class ReachMoved extends Error {
  constructor() {
    super('the deletion reaches further than it did')
  }
}
