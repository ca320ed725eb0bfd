/** The users of an instance: reading, saving, removing, and changing one's own password. */
import { groundCheck, keepGround, type GroundPorts } from '../collections/shared-ground.ts'
import { fail } from '../errors.ts'
import { deletedEvents, savedEvents } from '../events/changed.ts'
import type { Counters } from '../ports/counters.ts'
import type { Passwords } from '../ports/passwords.ts'
import type { AccountStore } from '../sign-in/account-store.ts'
import { PASSWORD_TYPES, type SignIn } from '../sign-in/sign-in.ts'
import type { Tokens } from '../sign-in/tokens.ts'
import { effectiveRights } from './account.ts'
import { holds, type Caller } from './caller.ts'
import { beyond } from './check-rights.ts'
import { userDocument, type UserDocument } from './documents.ts'
import { isAdvised } from './password-rules.ts'
import { PeopleRights } from './people-rights.ts'
import type { Principals } from './principals.ts'
import { changedList, storedGrants } from './stored-grants.ts'
import { DELETED_USER_REFERENCE, SYSTEM_GROUPS } from './system-people.ts'
import { UserSave, type Draft, type SaveOptions } from './user-save.ts'
import { nextOf } from './versions.ts'
import type { GroupStore, Settle, StoredGroup, StoredUser, UserFilter, UserStore, UserWrite } from './user-store.ts'

export interface UserPorts extends GroundPorts {
  readonly users: UserStore
  readonly principals: Principals
  readonly groups: GroupStore
  readonly accounts: AccountStore
  readonly counters: Counters
  readonly passwords: Passwords
  readonly signIn: SignIn
  readonly tokens: Tokens
}

export type UserSaveResult = { readonly users: UserDocument[] } | { readonly advisedAgainst: readonly string[] }
export type DeletePolicy = 'delete' | 'archive' | 'unarchive'

/** New users own nothing yet. Other groups, or being root or not, is what can change how far owners may pass rights on. */
function mayOwnerDoOtherwise({ write, before }: Draft): boolean {
  if (!before) return false
  const isRoot = (user: Pick<StoredUser, 'systemRights'>) => user.systemRights['system.root'] !== undefined
  const had = new Set(before.groups.map(({ id }) => id))
  return (
    isRoot(write) !== isRoot(before) || (write.groupIds !== null && (write.groupIds.length !== had.size || write.groupIds.some((id) => !had.has(id))))
  )
}

const ROOT_ONLY = (column: string) => fail('ColumnNeedsSystemRoot', { column })

export class Users {
  readonly #ports: UserPorts

  constructor(ports: UserPorts) {
    this.#ports = ports
  }

  /** Without the right to manage users everybody sees themselves, and others whom they own or may read by some access list. */
  async list(caller: Caller, filter: Omit<UserFilter, 'among'>, withHash: boolean): Promise<UserDocument[]> {
    if (withHash && !caller.root) ROOT_ONLY('_password_hash')
    const rights = this.#rightsOf(caller)
    const among = holds(caller.systemRights, 'system.user') ? undefined : await this.#readable(caller, rights)
    const users = await this.#ports.users.list({ ...filter, among })
    return users.map((user) => userDocument(user, caller, rights, withHash))
  }

  async read(caller: Caller, id: number, withHash: boolean): Promise<UserDocument> {
    if (withHash && !caller.root) ROOT_ONLY('_password_hash')
    const rights = this.#rightsOf(caller)
    const [user] = await this.#ports.users.find({ ids: [id], references: [] })
    // Whether there is such a user is told to nobody else than who might see it.
    if (!holds(caller.systemRights, 'system.user') && !(user && rights.ofUser(user).includes('read')))
      fail('RightRequired', { right: 'read', rightdisplayname: 'Read' })
    return userDocument(user ?? fail('UserNotFound', {}), caller, rights, withHash)
  }

  /** Saves all documents or none. When a password is advised against, nothing is saved and its users are named. */
  async save(caller: Caller, sent: readonly UserDocument[], options: SaveOptions): Promise<UserSaveResult> {
    if (options.skipConstraints && !caller.root) ROOT_ONLY('skip_constraints')
    const stored = await this.#storedFor(sent)
    const lists = await storedGrants(
      'user',
      sent.map(({ _acl }, i) => changedList(_acl, stored[i])),
      this.#ports,
    )
    const documents = sent.map((document, i) => (lists[i]?.length ? { ...document, _acl: lists[i] } : document))
    const rights = this.#rightsOf(caller)
    const save = new UserSave(caller, options, await this.#groupsFor(documents), rights)
    const fresh = await this.#ports.counters.draw('user', stored.filter((user) => !user).length)
    const drafts = documents.map((document, i) => save.draft(document, stored[i], stored[i]?.id ?? nextOf(fresh)))
    const advisedAgainst = drafts.filter((draft) => draft.advisedAgainst).map(({ write }) => write.login ?? write.email ?? `#${write.id}`)
    if (advisedAgainst.length) return { advisedAgainst }
    const writes: UserWrite[] = []
    // One after the other: a long list of new users must not take the place of everybody who wants to sign in.
    for (const { write, password, before } of drafts)
      writes.push({ ...write, passwordHash: password === undefined ? (before?.passwordHash ?? null) : await this.#ports.passwords.hash(password) })
    const check = await groundCheck(this.#ports, caller, null)
    const settle: Settle = async (ground) => (drafts.some(mayOwnerDoOtherwise) ? keepGround(ground, check) : undefined)
    await this.#ports.users.save(writes, { events: savedEvents('USER', writes), actor: caller }, settle)
    const ids = drafts.map(({ write }) => write.id)
    const saved = new Map((await this.#ports.users.find({ ids, references: [] })).map((user) => [user.id, user]))
    return { users: ids.flatMap((id) => saved.get(id) ?? []).map((user) => userDocument(user, caller, rights)) }
  }

  /**
   * Answers the user as it was, or as it is in the archive. Who is in the archive cannot sign in, but what they shared stays
   * shared: their rights are as they were.
   */
  async remove(caller: Caller, id: number, policy: DeletePolicy): Promise<UserDocument> {
    const user = await this.#existing(id)
    if (user.type === 'system' || user.type === 'anonymous') fail('DeleteSystemUser', {})
    if (user.id === caller.userId) fail('UserDeleteSelf', {})
    const missing = beyond(caller.systemRights, effectiveRights(user))
    if (missing.length) fail('SystemRightRequired', { rights: missing.join(',') })
    if ((policy === 'archive' && user.archivedAt !== null) || (policy === 'unarchive' && user.archivedAt === null)) fail('UserDeletePolicy', {})
    if (policy === 'delete') {
      const check = await groundCheck(this.#ports, caller, null)
      const settle: Settle = (ground) => keepGround(ground, check)
      await this.#ports.users.remove(id, DELETED_USER_REFERENCE, { events: deletedEvents('USER', [user]), actor: caller }, settle)
      return userDocument(user, caller, this.#rightsOf(caller))
    }
    await this.#ports.users.archive(id, policy === 'archive' ? this.#ports.clock() : null, {
      events: savedEvents('USER', [{ id, version: user.version + 1 }]),
      actor: caller,
    })
    return userDocument(await this.#existing(id), caller, this.#rightsOf(caller))
  }

  /** Changes the caller's own password and ends everything that was signed in with the old one. */
  async changePassword(caller: Caller, password: string, next: string, address: string): Promise<void> {
    if (!holds(caller.systemRights, 'system.user.change_password')) fail('SystemRightRequired', { rights: 'system.user.change_password' })
    const account = (await this.#ports.accounts.byId(caller.userId)) ?? fail('UserRequired', {})
    if (!PASSWORD_TYPES.includes(account.type)) fail('UnableToSetPasswordForUserType', { type: account.type })
    if (account.passwordHash === null) fail('NoPassword', {})
    if (!(await this.#ports.signIn.confirms(account, password, address))) fail('WrongPassword', {})
    if (!isAdvised(next, account) || next === password) fail('PasswordRequirementNotFulfilled', {})
    // Verifying may have renewed the stored hash; what counts now is the newest one.
    const current = (await this.#ports.accounts.byId(account.id))?.passwordHash ?? fail('NoPassword', {})
    const changed = await this.#ports.accounts.changeHash(account.id, current, await this.#ports.passwords.hash(next), {
      events: [{ type: 'USER_UPDATE', basetype: 'user', objectId: account.id }],
      actor: caller,
    })
    if (!changed) fail('WrongPassword', {}, { note: 'the password was changed by another request meanwhile' })
    await this.#ports.tokens.revokeUser(account.id)
  }

  #rightsOf(caller: Caller): PeopleRights {
    return new PeopleRights(caller, this.#ports.clock())
  }

  /** All that the caller may see, however many requests it takes to page through them. */
  async #readable(caller: Caller, rights: PeopleRights): Promise<NonNullable<UserFilter['among']>> {
    const [groups, named] = await Promise.all([this.#ports.groups.list({ limit: null, offset: 0 }), this.#ports.users.naming(caller)])
    const readable = named.filter((user) => rights.ofUser({ ...user, groups: [] }).includes('read'))
    return {
      ids: [caller.userId, ...readable.map(({ id }) => id)],
      groupIds: groups.filter((group) => rights.onMembers(group).includes('read')).map(({ id }) => id),
    }
  }

  async #existing(id: number): Promise<StoredUser> {
    const [user] = await this.#ports.users.find({ ids: [id], references: [] })
    return user ?? fail('UserNotFound', {})
  }

  /** For each document the user it is about, or undefined for a new one. */
  async #storedFor(documents: readonly UserDocument[]): Promise<(StoredUser | undefined)[]> {
    const ids = documents.flatMap(({ user }) => user._id ?? [])
    const references = documents.flatMap(({ user }) => user['lookup:_id']?.reference ?? [])
    const found = ids.length + references.length === 0 ? [] : await this.#ports.users.find({ ids, references })
    const stored = documents.map(({ user }) => {
      const reference = user['lookup:_id']?.reference
      if (reference !== undefined)
        return found.find((f) => f.reference === reference) ?? fail('LookupNotFound', { key: 'reference', value: reference })
      if (user._id === undefined || user._id === null) return undefined
      return found.find((f) => f.id === user._id) ?? fail('UserNotFound', {})
    })
    const known = stored.flatMap((user) => user?.id ?? [])
    if (new Set(known).size !== known.length) fail('ServerGeneric', { msg: 'one request cannot save the same user twice' })
    return stored
  }

  async #groupsFor(documents: readonly UserDocument[]) {
    const named = documents.flatMap(({ _groups }) => _groups ?? []).map(({ group }) => group)
    const ids = named.flatMap((group) => group._id ?? [])
    const references = [...named.flatMap((group) => group['lookup:_id']?.reference ?? []), ...SYSTEM_GROUPS.map((group) => group.reference)]
    const found = await this.#ports.groups.find({ ids, references })
    const of = (document: unknown): StoredGroup => {
      const { group } = document as NonNullable<UserDocument['_groups']>[number]
      const reference = group['lookup:_id']?.reference
      const [key, value] = reference === undefined ? ['_id', String(group._id ?? '')] : ['reference', reference]
      return found.find((f) => (reference === undefined ? f.id === group._id : f.reference === reference)) ?? fail('LookupNotFound', { key, value })
    }
    return { of, automatic: new Map(found.flatMap((group) => (group.reference === null ? [] : [[group.reference, group] as const]))) }
  }
}
