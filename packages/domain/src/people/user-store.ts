/** Users and groups as they are kept. */
import type { SharedGround } from '../collections/shared-ground.ts'
import type { Trail } from '../events/new-event.ts'
import type { SystemRights } from './caller.ts'

type Fields = Readonly<Record<string, unknown>>

/** Comes after the change in its transaction. */
export type Settle = (ground: SharedGround) => Promise<void>

export interface StoredGroup {
  readonly id: number
  readonly version: number
  readonly type: string
  readonly reference: string | null
  /** Fields under the names of the contract; those beside the inner block begin with an underscore. */
  readonly data: Fields
  readonly systemRights: SystemRights
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface StoredUser {
  readonly id: number
  readonly version: number
  readonly type: string
  readonly login: string | null
  readonly email: string | null
  readonly reference: string | null
  readonly passwordHash: string | null
  readonly data: Fields
  readonly systemRights: SystemRights
  readonly groups: readonly StoredGroup[]
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly archivedAt: Date | null
  readonly lastSeenAt: Date | null
}

export interface UserFilter {
  readonly limit: number
  readonly offset: number
  /** Members of any of these groups. */
  readonly groupIds?: readonly number[] | undefined
  readonly type?: string | undefined
  readonly changedSince?: Date | undefined
  /** Archived after this moment; null for those that are not archived. */
  readonly archivedSince?: Date | null | undefined
  /** Only these users, and members of these groups. */
  readonly among?: { readonly ids: readonly number[]; readonly groupIds: readonly number[] } | undefined
}

export interface UserWrite {
  readonly id: number
  /** Version after the write; 1 makes a new user. */
  readonly version: number
  readonly type: string
  readonly login: string | null
  readonly email: string | null
  readonly reference: string | null
  readonly passwordHash: string | null
  readonly data: Fields
  readonly systemRights: SystemRights
  /** All groups of the user, or null to leave them as they are. */
  readonly groupIds: readonly number[] | null
  /** Ends what the user is signed in with. */
  readonly endTokens: boolean
}

export interface UserStore {
  /** In the order of their ids. */
  list(filter: UserFilter): Promise<StoredUser[]>
  /** Users, without their groups, whose access list names a user, one of the groups or the owner, or who belong to one of them. */
  naming(who: { readonly userId: number; readonly groupIds: readonly number[] }): Promise<Pick<StoredUser, 'id' | 'type' | 'data'>[]>
  /** Those that exist, in no particular order. */
  find(keys: { readonly ids: readonly number[]; readonly references: readonly string[] }): Promise<StoredUser[]>
  /**
   * Stores all in one transaction, or none. Fails with VersionMismatch when a user has been saved meanwhile, and with
   * UserDuplicateLogin or UserDuplicateEmail when a login or an address is taken.
   */
  save(users: readonly UserWrite[], trail: Trail, settle: Settle): Promise<void>
  /** Archives or brings back; archiving ends the tokens. */
  archive(id: number, at: Date | null, trail: Trail): Promise<void>
  /** Removes a user; what it owns goes to the user with the reference `heir`. */
  remove(id: number, heir: string, trail: Trail, settle: Settle): Promise<void>
}

export interface GroupFilter {
  /** Null for all. */
  readonly limit: number | null
  readonly offset: number
  readonly type?: string | undefined
}

export interface GroupWrite {
  readonly id: number
  readonly version: number
  readonly type: string
  readonly reference: string | null
  readonly data: Fields
  readonly systemRights: SystemRights
}

export interface GroupStore {
  list(filter: GroupFilter): Promise<StoredGroup[]>
  find(keys: { readonly ids: readonly number[]; readonly references: readonly string[] }): Promise<StoredGroup[]>
  /** All or none. Fails with VersionMismatch, or with DatabaseUniqueKeyViolation when a reference is taken. */
  save(groups: readonly GroupWrite[], trail: Trail, settle: Settle): Promise<void>
  /** What the group owns goes to the user with the reference `heir`. */
  remove(id: number, heir: string, trail: Trail, settle: Settle): Promise<void>
}
