/**
 * What a caller may do with pools themselves, by the access lists of the pool and of those above it. In every list `_owner`
 * means the owner of the pool that is asked about, and `_pool_contact` its contact, who may come from above.
 */
import { bagGrants, inForce, whoOf, type AccessGrant, type AccessPresets, type Who } from '../access/grants.ts'
import type { Caller } from '../people/caller.ts'
import type { Pool } from './pool.ts'

export type PoolRight = 'bag_read' | 'bag_write' | 'bag_delete' | 'bag_acl' | 'bag_create'

const ALL: readonly PoolRight[] = ['bag_read', 'bag_write', 'bag_delete', 'bag_acl', 'bag_create']
const OWNERS: readonly PoolRight[] = ['bag_read', 'bag_write', 'bag_delete', 'bag_acl']
const IMPLIED: Readonly<Partial<Record<PoolRight, readonly PoolRight[]>>> = { bag_delete: ['bag_write', 'bag_read'], bag_write: ['bag_read'] }

type PoolById = (id: number) => Pool | undefined

export class PoolRights {
  readonly #caller: Caller
  readonly #presets: AccessPresets
  readonly #now: number
  readonly #lists = new WeakMap<Pool, readonly AccessGrant[]>()

  constructor(caller: Caller, presets: AccessPresets, now: Date) {
    this.#caller = caller
    this.#presets = presets
    this.#now = now.getTime()
  }

  /** In the order of `ALL`. */
  of(pool: Pool, byId: PoolById): readonly PoolRight[] {
    if (this.#caller.root) return ALL
    const path = pathUp(pool, byId)
    const owns = this.#isMe(pool.settings._owner && whoOf({ who: pool.settings._owner }))
    const contact = path.map(({ fields }) => fields.contact).find((principal) => principal)
    const isContact = this.#isMe(contact ? whoOf({ who: contact }) : undefined)
    const held = new Set<string>(owns ? OWNERS : [])
    let onlySticky = false
    for (const at of path) {
      for (const { who, rights, sticky } of this.#listOf(at)) {
        if (onlySticky && !sticky) continue
        const mine = who.kind === 'owner' ? owns : who.kind === 'pool_contact' ? isContact : this.#isMe(who)
        if (mine) for (const right of Object.keys(rights)) held.add(right)
      }
      onlySticky ||= at.settings._private_acl === true
    }
    for (const [right, implied] of Object.entries(IMPLIED)) if (held.has(right)) implied.forEach((weaker) => held.add(weaker))
    return ALL.filter((right) => held.has(right))
  }

  #listOf(pool: Pool): readonly AccessGrant[] {
    const list = this.#lists.get(pool) ?? bagGrants(pool.settings._acl, this.#presets).filter((grant) => inForce(grant, this.#now))
    this.#lists.set(pool, list)
    return list
  }

  #isMe(who: Who | undefined | null): boolean {
    if (!who || !('id' in who)) return false
    return who.kind === 'user' ? who.id === this.#caller.userId : this.#caller.groupIds.includes(who.id)
  }
}

/** The pool itself and those above it, nearest first; it ends where a pool would come again. */
function pathUp(pool: Pool, byId: PoolById): Pool[] {
  const path: Pool[] = []
  const seen = new Set<number>()
  for (let at: Pool | undefined = pool; at && !seen.has(at.id); at = at.parentId === null ? undefined : byId(at.parentId)) {
    seen.add(at.id)
    path.push(at)
  }
  return path
}
