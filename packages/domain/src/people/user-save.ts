/**
 * What saving a user means, one document at a time: which fields change, and whether the caller may change them. Nobody can
 * give, take or gain more than they have: not by rights, not by groups, and not by taking over an account that has more.
 */
import { fail } from '../errors.ts'
import { PASSWORD_TYPES } from '../sign-in/sign-in.ts'
import { effectiveRights } from './account.ts'
import { holds, type Caller, type SystemRights } from './caller.ts'
import { beyond, changedRights, checkRights } from './check-rights.ts'
import type { UserDocument } from './documents.ts'
import type { PeopleRights } from './people-rights.ts'
import { isAdvised } from './password-rules.ts'
import { rightDisplayname } from './rights-catalogue.ts'
import type { StoredGroup, StoredUser, UserWrite } from './user-store.ts'
import { checkVersion } from './versions.ts'
import { mergeRights } from './merge-rights.ts'
import { systemGroupsOf } from './system-people.ts'

export interface SaveOptions {
  /** The caller insists on passwords that the rules advise against. */
  readonly anyPassword: boolean
  /** Leaves out the checks of values; for root. */
  readonly skipConstraints: boolean
}

export interface Draft {
  readonly write: Omit<UserWrite, 'passwordHash'>
  readonly before: StoredUser | undefined
  /** Still to be hashed. */
  readonly password: string | undefined
  /** The password is one that the rules advise against. */
  readonly advisedAgainst: boolean
}

const CREATABLE = ['easydb', 'easydb_self_register', 'email', 'ldap', 'sso']
const EMAIL = /^[^\s@<>"(),:;[\]\\]+@[^\s@.]+(\.[^\s@.]+)*$/
const MESSAGES = ['confirm_email', 'welcome_email'] as const
/** Read from other columns, or only ever answered. */
const NOT_DATA = new Set([
  '_id',
  '_version',
  'lookup:_id',
  'login',
  'email',
  'reference',
  'type',
  '_generated_displayname',
  'confirm_email_sent_at',
  'email_confirmed_at',
  'welcome_email_sent_at',
  ...MESSAGES,
])

export class UserSave {
  readonly #caller: Caller
  readonly #options: SaveOptions
  readonly #rights: PeopleRights
  readonly #groupOf: (document: unknown) => StoredGroup
  readonly #automatic: (userType: string) => readonly StoredGroup[]

  constructor(
    caller: Caller,
    options: SaveOptions,
    groups: { readonly of: (document: unknown) => StoredGroup; readonly automatic: ReadonlyMap<string, StoredGroup> },
    rights: PeopleRights,
  ) {
    this.#rights = rights
    this.#caller = caller
    this.#options = options
    this.#groupOf = groups.of
    this.#automatic = (type) => systemGroupsOf(type).flatMap((reference) => groups.automatic.get(reference) ?? [])
  }

  draft(document: UserDocument, before: StoredUser | undefined, id: number): Draft {
    const { user } = document
    this.#mayTouch(before)
    checkVersion(`user:${id}`, before?.version ?? 0, user._version)
    const type = this.#type(user.type, before)
    const login = kept(user.login, before?.login)
    const email = this.#email(user.email, before?.email)
    const reference = kept(user.reference, before?.reference)
    for (const message of MESSAGES) if (user[message] === true) fail('UrlParameterNotSupported', { param: message })
    const systemRights = this.#systemRights(document, before)
    const groups = this.#groups(document, type, before)
    const password = this.#password(document, type)
    const data = this.#data(document, before)
    if (email !== (before?.email ?? null)) delete data['email_confirmed_at']
    if (before?.type === 'system') keepSystemUser(before, { login, reference, systemRights, data })
    return {
      before,
      password,
      advisedAgainst:
        password !== undefined && !this.#options.anyPassword && !this.#options.skipConstraints && !isAdvised(password, { login, email }),
      write: {
        id,
        version: (before?.version ?? 0) + 1,
        type,
        login,
        email,
        reference,
        data,
        systemRights,
        groupIds: groups?.map((group) => group.id) ?? null,
        endTokens: password !== undefined || data['login_disabled'] === true,
      },
    }
  }

  /** Taking over an account that may do more than oneself would be a way to become it. */
  #mayTouch(before: StoredUser | undefined): void {
    const { systemRights, root, userId } = this.#caller
    if (!before) return this.#need('create')
    if (before.archivedAt !== null) fail('UserArchived', {})
    if (before.id === userId || root) return
    if (before.type === 'system') fail('RightRequired', { right: 'write', rightdisplayname: 'Write' })
    const missing = beyond(systemRights, effectiveRights(before))
    if (missing.length) fail('SystemRightRequired', { rights: missing.join(',') })
  }

  #need(parameter: string): void {
    const right = `system.user[${parameter}]`
    if (!holds(this.#caller.systemRights, right)) fail('SystemRightRequired', { rights: right })
  }

  #type(sent: string | undefined, before: StoredUser | undefined): string {
    if (before) return sent === undefined || sent === before.type ? before.type : fail('ColumnCanNotBeUpdated', { column: 'type' })
    const type = sent ?? 'easydb'
    return CREATABLE.includes(type) ? type : fail('UserTypeNotAllowed', { type })
  }

  #email(sent: string | null | undefined, before: string | null | undefined): string | null {
    const email = kept(sent, before)
    if (email !== null && email !== before && !this.#options.skipConstraints && !EMAIL.test(email)) fail('UserEmailMalformed', { email })
    return email
  }

  #password({ _password: password }: UserDocument, type: string): string | undefined {
    if (password === undefined) return undefined
    if (!PASSWORD_TYPES.includes(type)) fail('UnableToSetPasswordForUserType', { type })
    return password === '' ? fail('PasswordRequirementNotFulfilled', {}) : password
  }

  #systemRights({ _system_rights: sent }: UserDocument, before: StoredUser | undefined): SystemRights {
    const stored = before?.systemRights ?? {}
    if (sent === undefined) return stored
    checkRights('system', sent)
    const { taken, given } = changedRights(stored, sent)
    if (Object.keys({ ...taken, ...given }).length === 0) return stored
    this.#need(before ? 'edit_system_rights' : 'create_system_rights')
    this.#covered(taken, given)
    return sent
  }

  /** All groups afterwards, or undefined when nothing about them is said. */
  #groups({ _groups: sent }: UserDocument, type: string, before: StoredUser | undefined): readonly StoredGroup[] | undefined {
    const automatic = this.#automatic(type)
    if (sent === undefined) return before ? undefined : automatic
    const chosen = [...new Map(sent.map((document) => this.#groupOf(document)).map((group) => [group.id, group])).values()].filter(
      (group) => group.type !== 'system',
    )
    const had = (before?.groups ?? []).filter((group) => group.type !== 'system')
    const came = chosen.filter((g) => !had.some((h) => h.id === g.id))
    const went = had.filter((h) => !chosen.some((g) => g.id === h.id))
    const differing = [...came, ...went]
    if (differing.length) {
      for (const group of came) this.#demand('link', group)
      for (const group of went) this.#demand('unlink', group)
      this.#covered(mergeRights(differing.map((group) => group.systemRights)), {})
    }
    return [...automatic, ...chosen]
  }

  #demand(right: 'link' | 'unlink', group: StoredGroup): void {
    if (!this.#rights.ofGroup(group).includes(right)) fail('RightRequired', { right, rightdisplayname: rightDisplayname(right) })
  }

  #covered(one: SystemRights, other: SystemRights): void {
    const missing = [...new Set([...beyond(this.#caller.systemRights, one), ...beyond(this.#caller.systemRights, other)])]
    if (missing.length) fail('SystemRightRequired', { rights: missing.join(',') })
  }

  /** What is left out stays, null removes. */
  #data(document: UserDocument, before: StoredUser | undefined): Record<string, unknown> {
    const data: Record<string, unknown> = { ...before?.data }
    const set = (key: string, value: unknown) => {
      if (value === null) delete data[key]
      else if (value !== undefined) data[key] = value
    }
    for (const [key, value] of Object.entries(document.user)) if (!NOT_DATA.has(key)) set(key, value)
    set('_collection_pin_codes', document._collection_pin_codes)
    if (document._acl !== undefined && JSON.stringify(document._acl ?? []) !== JSON.stringify(before?.data['_acl'] ?? [])) {
      this.#need(before ? 'edit_acl' : 'create_acl')
      set('_acl', document._acl)
    }
    if (!before) data['_owner'] = { _basetype: 'user', user: { _id: this.#caller.userId } }
    if (document._owner !== undefined && JSON.stringify(document._owner) !== JSON.stringify(data['_owner'])) {
      if (!this.#caller.root) fail('ColumnNeedsSystemRoot', { column: '_owner' })
      data['_owner'] = document._owner
    }
    return data
  }
}

/** What makes a system user what it is stays: without its rights or its login nobody could repair the instance. */
function keepSystemUser(before: StoredUser, after: Pick<UserWrite, 'login' | 'reference' | 'systemRights' | 'data'>): void {
  for (const column of ['login', 'reference', 'systemRights'] as const)
    if (JSON.stringify(before[column]) !== JSON.stringify(after[column]))
      fail('ColumnCanNotBeUpdated', { column: column === 'systemRights' ? '_system_rights' : column })
  for (const column of ['login_disabled', 'login_valid_from', 'login_valid_to', 'require_password_change'])
    if (before.data[column] !== after.data[column] && after.data[column] !== false) fail('ColumnCanNotBeUpdated', { column })
}

/** Left out: as before. Null and empty: none. */
const kept = (sent: string | null | undefined, before: string | null | undefined): string | null =>
  sent === undefined ? (before ?? null) : sent?.trim() || null
