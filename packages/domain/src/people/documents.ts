/** Users and groups as documents of the contract. Password hashes leave only when they are asked for by name. */
import type { Schemas } from '@vitrine/contract/instance'
import { displaynameOf } from './account.ts'
import { holds, type Caller } from './caller.ts'
import type { PeopleRights } from './people-rights.ts'
import type { StoredGroup, StoredUser } from './user-store.ts'

export type UserDocument = Schemas['User']
export type GroupDocument = Schemas['Group']

/** Keys of `data` that stand beside the inner block of the document. */
const isOuter = (key: string) => key.startsWith('_')
const inner = (data: StoredUser['data']) => Object.fromEntries(Object.entries(data).filter(([key]) => !isOuter(key)))
const present = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))

/** In the caller's language where there is one, else in English, else in any. */
export function groupDisplayname(group: StoredGroup, language: string): string {
  const { displayname, name } = group.data as { displayname?: Readonly<Record<string, string>>; name?: string }
  const texts = [displayname?.[language], displayname?.['en-US'], ...Object.values(displayname ?? {}), name]
  return texts.find((text) => text !== undefined && text !== '') ?? `#${group.id}`
}

const rightsMap = (rights: readonly string[]) => Object.fromEntries(rights.map((right) => [right, {}]))

export function groupDocument(group: StoredGroup, caller: Caller, rights: PeopleRights): GroupDocument {
  const manager = holds(caller.systemRights, 'system.group')
  const { _acl, _owner, ...outer } = Object.fromEntries(Object.entries(group.data).filter(([key]) => isOuter(key)))
  return {
    _basetype: 'group',
    group: {
      ...inner(group.data),
      ...present({ reference: group.reference }),
      _id: group.id,
      _version: group.version,
      type: group.type,
      _generated_displayname: groupDisplayname(group, caller.language),
    },
    ...(manager ? { ...outer, ...present({ _acl, _owner }), _system_rights: group.systemRights } : {}),
    _generated_rights: rightsMap(rights.ofGroup(group)),
    _created_at: group.createdAt.toISOString(),
    _updated_at: group.updatedAt.toISOString(),
  } as GroupDocument
}

export function userDocument(user: StoredUser, caller: Caller, rights: PeopleRights, withHash = false): UserDocument {
  const manager = holds(caller.systemRights, 'system.user')
  const { _acl, _owner, _collection_pin_codes } = user.data
  const knowsAll = manager || user.id === caller.userId
  const groups = user.groups.filter((group) => knowsAll || rights.ofGroup(group).includes('bag_read'))
  return {
    _basetype: 'user',
    user: {
      ...inner(user.data),
      ...present({ login: user.login, email: user.email, reference: user.reference }),
      _id: user.id,
      _version: user.version,
      type: user.type,
      _generated_displayname: displaynameOf(user),
    },
    _groups: groups.map((group) => groupDocument(group, caller, rights)),
    ...(manager ? present({ _acl, _owner }) : {}),
    ...(knowsAll ? { _system_rights: user.systemRights, ...present({ _collection_pin_codes }) } : {}),
    ...(withHash && user.passwordHash !== null ? { _password_hash: user.passwordHash } : {}),
    _generated_rights: rightsMap(rights.ofUser(user)),
    _created_at: user.createdAt.toISOString(),
    _updated_at: user.updatedAt.toISOString(),
    ...present({ _archived_at: user.archivedAt?.toISOString(), _last_seen_at: user.lastSeenAt?.toISOString() }),
  }
}
