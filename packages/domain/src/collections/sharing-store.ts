/** What the storage has to tell about access lists of collections and the records they reach. */
import type { StoredRules } from '../access/rules.ts'
import type { AccessSubject } from '../access/access.ts'
import type { Collection } from './collection.ts'
import type { PinCode } from './collection-rights.ts'

/** Which access lists are in question. */
export type ListScope =
  /** Those that reach one of these records. */
  | { readonly by: 'records'; readonly systemIds: readonly number[] }
  /** Those of these collections, of the ones above and of the ones below. */
  | { readonly by: 'tree'; readonly ids: readonly number[] }
  /** Those that reach a record which one of these lists reaches too. */
  | { readonly by: 'neighbours'; readonly ids: readonly number[] }
  | { readonly by: 'all' }

/** A collection that a list reaches; past a private one on the way only sticky entries do. */
export interface Reach {
  readonly list: number
  readonly id: number
  readonly onlySticky: boolean
}

export interface Place {
  readonly collectionId: number
  readonly globalId: string
}
export interface ReachedPlace extends Place {
  /** Null for a record in the trash. */
  readonly subject: (AccessSubject & { readonly systemId: number }) | null
}

export interface Owner {
  readonly userId: number
  readonly groupIds: readonly number[]
  readonly root: boolean
  readonly displayname: string
  readonly pinCodes: readonly PinCode[]
}

export interface SharingSource {
  /**
   * `shared` keeps the rules from changing until the end of the transaction, `alone` waits for all who rely on them: otherwise a
   * record could come into a collection while the ground of its list goes.
   */
  lock(kind: 'shared' | 'alone'): Promise<void>
  /** All rules as this transaction sees them. */
  rules(): Promise<StoredRules>
  owners(userIds: readonly number[]): Promise<Owner[]>
  lists(scope: ListScope): Promise<Collection[]>
  reach(listIds: readonly number[]): Promise<Reach[]>
  /** Places of records in these collections in their order, after one; with `only`, of no others than these. */
  records(collectionIds: readonly number[], after: Place | null, limit: number, only: readonly number[] | null): Promise<ReachedPlace[]>
  /** Has these lists checked once the transaction is through. */
  checkLater(listIds: readonly number[]): Promise<void>
  /** Switches whole lists off and on. */
  mark(ids: readonly number[], invalid: boolean): Promise<void>
}
