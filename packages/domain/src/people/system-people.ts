/**
 * The users and groups every instance comes with. System groups have no members of their own choosing: who belongs to them
 * follows from the kind of user.
 */
import type { SystemRights } from './caller.ts'
import { ROOT_REFERENCE } from './account.ts'

export interface SystemUser {
  readonly reference: string
  readonly type: string
  readonly login: string | null
  readonly displayname: string
  readonly systemRights: SystemRights
}

export interface SystemGroup {
  readonly reference: string
  readonly name: string
  readonly displayname: Readonly<Record<string, string>>
  readonly systemRights: SystemRights
  readonly includes: (userType: string) => boolean
}

export const GUEST_REFERENCE = 'system:anonymous'
/** Stands for whoever looks at files without having signed in. */
export const DEEP_LINK_REFERENCE = 'system:deep_link'
export const DELETED_USER_REFERENCE = 'system:deleted_user'

const user = (login: string, displayname: string, systemRights: SystemRights = {}): SystemUser => ({
  reference: `system:${login}`,
  type: 'system',
  login,
  displayname,
  systemRights,
})

export const SYSTEM_USERS: readonly SystemUser[] = [
  user('root', 'Root', { 'system.root': {} }),
  user('deep_link', 'Deep links'),
  user('oai_pmh', 'OAI/PMH'),
  user('deleted_user', 'Deleted user'),
  user('everybody', 'Everybody'),
  { reference: GUEST_REFERENCE, type: 'anonymous', login: null, displayname: 'Guest', systemRights: {} },
]

const group = (name: string, en: string, de: string, includes: SystemGroup['includes'], systemRights: SystemRights = {}): SystemGroup => ({
  reference: `system:${name}`,
  name,
  displayname: { 'en-US': en, 'de-DE': de },
  systemRights,
  includes,
})
const only =
  (...types: string[]) =>
  (type: string) =>
    types.includes(type)
/** Depends on the request or on other rules than the kind of user. */
const nobody = () => false

export const SYSTEM_GROUPS: readonly SystemGroup[] = [
  group('all_users', 'All users', 'Alle Benutzer', () => true),
  group('all_users_except_system', 'All users except system users', 'Alle Benutzer außer Systembenutzern', (type) => type !== 'system'),
  group('anonymous', 'Anonymous users', 'Anonyme Benutzer', only('anonymous')),
  group('anonymous_collection', 'Anonymous users of collections', 'Anonyme Benutzer von Mappen', only('collection')),
  group('fallback', 'Fallback group', 'Ersatzgruppe', nobody),
  group('ldap', 'LDAP users', 'LDAP-Benutzer', only('ldap')),
  // Who has a password here may change it.
  group('local', 'Local users', 'Lokale Benutzer', only('easydb'), { 'system.user.change_password': {} }),
  group('self_registered', 'Self-registered users', 'Selbstregistrierte Benutzer', only('easydb_self_register'), {
    'system.user.change_password': {},
  }),
  group('sso', 'SSO users', 'SSO-Benutzer', only('sso')),
  group('external', 'Users with an external connection', 'Benutzer mit externer Verbindung', nobody),
  group('internal', 'Users with an internal connection', 'Benutzer mit interner Verbindung', nobody),
  group('email', 'Users invited by email', 'Per E-Mail eingeladene Benutzer', only('email')),
]

/** References of the system groups a kind of user belongs to. */
export const systemGroupsOf = (userType: string): string[] => SYSTEM_GROUPS.filter((g) => g.includes(userType)).map((g) => g.reference)

export const isRootReference = (reference: string | null): boolean => reference === ROOT_REFERENCE
