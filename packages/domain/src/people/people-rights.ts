/**
 * What somebody may do with users and groups: by system rights with all of them, by owning one, and by entries of access lists.
 * The list of a group may also give rights on the users in it. Without any of these nobody sees others; everybody sees themselves.
 */
import { grantsWith, inForce, whoOf, type Who } from '../access/grants.ts'
import { holds, type Caller } from './caller.ts'
import type { Principal } from './principals.ts'
import type { Grant } from './stored-grants.ts'
import type { StoredGroup, StoredUser } from './user-store.ts'

export type GroupRight = 'bag_read' | 'bag_write' | 'bag_delete' | 'link' | 'unlink'
export type UserRight = 'read' | 'write' | 'delete'

const GROUP_RIGHTS: readonly GroupRight[] = ['bag_read', 'bag_write', 'bag_delete', 'link', 'unlink']
const USER_RIGHTS: readonly UserRight[] = ['read', 'write', 'delete']
/** Who is in a system group follows from the kind of user. */
const FIXED: ReadonlySet<string> = new Set(['bag_delete', 'link', 'unlink'])
const IMPLIED: readonly (readonly [string, string])[] = [
  ['bag_delete', 'bag_write'],
  ['bag_write', 'bag_read'],
  ['delete', 'write'],
  ['write', 'read'],
]

export class PeopleRights {
  readonly #caller: Caller
  readonly #now: number
  readonly #managesUsers: boolean
  readonly #managesGroups: boolean

  constructor(caller: Caller, now: Date) {
    this.#caller = caller
    this.#now = now.getTime()
    this.#managesUsers = holds(caller.systemRights, 'system.user')
    this.#managesGroups = holds(caller.systemRights, 'system.group')
  }

  ofGroup(group: Pick<StoredGroup, 'type' | 'data'>): readonly GroupRight[] {
    const custom = group.type !== 'system'
    const held = this.#givenBy(group.data, GROUP_RIGHTS)
    if (this.#owns(group.data)) for (const right of ['bag_read', 'bag_write', 'bag_delete']) held.add(right)
    if (this.#managesGroups) for (const right of GROUP_RIGHTS) held.add(right)
    if (custom && holds(this.#caller.systemRights, 'system.group[global_custom_bag_read]')) held.add('bag_read')
    return withImplied(held, GROUP_RIGHTS).filter((right) => custom || !FIXED.has(right))
  }

  ofUser(user: Pick<StoredUser, 'id' | 'type' | 'data' | 'groups'>): readonly UserRight[] {
    const self = user.id === this.#caller.userId
    const held = this.#givenBy(user.data, USER_RIGHTS)
    for (const group of user.groups) for (const right of this.onMembers(group)) held.add(right)
    if (this.#managesUsers || this.#owns(user.data)) for (const right of USER_RIGHTS) held.add(right)
    if (self) held.add('read')
    return withImplied(held, USER_RIGHTS).filter((right) => right !== 'delete' || (!self && user.type !== 'system'))
  }

  /** What the list of a group gives on the users in it. */
  onMembers(group: Pick<StoredGroup, 'data'>): readonly UserRight[] {
    return withImplied(this.#givenBy(group.data, USER_RIGHTS), USER_RIGHTS)
  }

  #givenBy(data: StoredUser['data'], rights: readonly string[]): Set<string> {
    const grants = grantsWith(data['_acl'] as readonly Grant[] | undefined, new Map(), (name) => rights.includes(name))
    const mine = grants.filter((grant) => inForce(grant, this.#now) && this.#isMe(grant.who, data))
    return new Set(mine.flatMap((grant) => Object.keys(grant.rights)))
  }

  #owns(data: StoredUser['data']): boolean {
    const owner = data['_owner'] as Principal | undefined
    const who = owner && whoOf({ who: owner })
    return who !== undefined && who.kind !== 'owner' && this.#isMe(who, {})
  }

  #isMe(who: Who, data: StoredUser['data']): boolean {
    if (who.kind === 'user') return who.id === this.#caller.userId
    if (who.kind === 'group') return this.#caller.groupIds.includes(who.id)
    return who.kind === 'owner' && this.#owns(data)
  }
}

function withImplied<R extends string>(held: ReadonlySet<string>, all: readonly R[]): R[] {
  const closed = new Set(held)
  for (const [stronger, weaker] of IMPLIED) if (closed.has(stronger)) closed.add(weaker)
  return all.filter((right) => closed.has(right))
}
