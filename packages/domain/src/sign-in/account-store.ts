import type { Trail } from '../events/new-event.ts'
import type { Account } from '../people/account.ts'

/** Accounts as signing in needs them. Every method answers null for an account that does not exist. */
export interface AccountStore {
  /** Logins do not differ by the case of their letters. */
  byLogin(login: string): Promise<Account | null>
  byReference(reference: string): Promise<Account | null>
  byId(id: number): Promise<Account | null>
  /** Stores a fresh hash of the same password, unless the stored hash is not `before` any more. */
  replaceHash(id: number, before: string, after: string): Promise<void>
  /** Stores the hash of a new password, which also settles the demand for one. False when the stored hash is not `before` any more. */
  changeHash(id: number, before: string, after: string, trail: Trail): Promise<boolean>
  /** Notes when somebody last signed in. */
  seen(id: number, at: Date): Promise<void>
}
