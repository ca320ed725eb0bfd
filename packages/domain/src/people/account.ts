/**
 * A user as signing in sees it: with groups and rights, loaded in one statement. Whether an account may be used right now is
 * decided here and nowhere else, for a password, a refresh token and every single request alike.
 */
import type { SystemRights } from './caller.ts'
import { mergeRights } from './merge-rights.ts'

export interface AccountGroup {
  readonly id: number
  readonly reference: string | null
  readonly systemRights: SystemRights
  /** The group as it is kept: its fields under the names of the contract. */
  readonly data: Readonly<Record<string, unknown>>
}

export interface Account {
  readonly id: number
  readonly type: string
  readonly login: string | null
  readonly email: string | null
  readonly reference: string | null
  readonly passwordHash: string | null
  readonly systemRights: SystemRights
  readonly archivedAt: Date | null
  /** The remaining fields under the names of the contract. */
  readonly data: Readonly<Record<string, unknown>>
  readonly groups: readonly AccountGroup[]
}

/** Why an account cannot be used at the moment. */
export type Gate = 'archived' | 'disabled' | 'notYetValid' | 'noLongerValid'

export const ROOT_REFERENCE = 'system:root'
export const isSystemRoot = (account: Account): boolean => account.reference === ROOT_REFERENCE

/** Days of the login window are whole days in UTC; the last one is included. */
export function closedGate(account: Account, now: Date): Gate | null {
  if (account.archivedAt !== null) return 'archived'
  if (account.data['login_disabled'] === true) return 'disabled'
  const today = now.toISOString().slice(0, 10)
  if (dayOf(account.data['login_valid_from'], '') > today) return 'notYetValid'
  if (dayOf(account.data['login_valid_to'], '9999-12-31') < today) return 'noLongerValid'
  return null
}

const dayOf = (value: unknown, open: string) => (typeof value === 'string' && value !== '' ? value.slice(0, 10) : open)

/** Union of the user's own system rights and those of all groups. */
export const effectiveRights = (account: Pick<Account, 'systemRights' | 'groups'>): SystemRights =>
  mergeRights([account.systemRights, ...account.groups.map((group) => group.systemRights)])

/** How the user is shown to people. */
export function displaynameOf(user: {
  readonly id: number
  readonly login: string | null
  readonly email: string | null
  readonly data: Readonly<Record<string, unknown>>
}): string {
  const field = (name: string) => (typeof user.data[name] === 'string' ? user.data[name].trim() : '')
  const fullName = [field('first_name'), field('last_name')].filter(Boolean).join(' ')
  return field('displayname') || fullName || user.login || user.email || `#${user.id}`
}
