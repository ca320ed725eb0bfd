/**
 * What saving asks of reading: the text of its answer. Saving knows which records it stored and through which masks; how a
 * record looks in a format is the reader's business alone.
 */
import type { Datamodel, Mask, Table } from '../datamodel/model.ts'
import type { FileWish } from '../files/file-look.ts'
import type { Caller } from '../people/caller.ts'
import type { Content } from './content.ts'

export type RecordFormat = 'short' | 'standard' | 'standard_extended' | 'long' | 'long_inheritance' | 'full' | 'full_inheritance'

export interface SavedItem {
  readonly systemId: number
  readonly version: number
  readonly maskName: string
  /** The mask itself, where the caller has it: `_all_fields` is the name of a mask of every type. */
  readonly mask?: Mask
}

/**
 * A record as it would be stored. Links in `content` and `parentId` name system ids like stored ones do; a negative number
 * stands for another new record of the same request, which has no id yet: it is rendered without ids.
 */
export interface UnsavedItem {
  readonly table: Table
  readonly mask: Mask
  readonly content: Content
  /** Null for a record that would be created; so is the object id. */
  readonly systemId: number | null
  readonly objectId: number | null
  readonly uuid: string
  readonly version: number
  readonly createdAt: Date
  readonly modifiedAt: Date
  readonly createUser: number | null
  readonly ownerUser: number | null
  readonly ownerGroup: number | null
  readonly poolId: number | null
  readonly parentId: number | null
  /** System ids of the parents where several are possible, and the chosen place among siblings. */
  readonly parents?: readonly number[]
  readonly childIdx?: number | null
  readonly acl?: readonly unknown[] | null
  readonly privateAcl?: boolean
  readonly tags: readonly number[]
  readonly comment: string | null
}

export interface RenderOptions {
  readonly files: FileWish
  readonly format: RecordFormat
  readonly caller: Caller
  /** The datamodel that the records were saved with. */
  readonly datamodel: Datamodel
  /** Leaves out records listed from the side that they link to. */
  readonly skipReverseNested?: boolean
}

export interface SavedRenderer {
  /** JSON text of the array of these records, in this order. */
  renderSaved(items: readonly SavedItem[], options: RenderOptions): Promise<string>
  /** The same for records that a dry run did not store. */
  renderUnsaved(items: readonly UnsavedItem[], options: RenderOptions): Promise<string>
}
