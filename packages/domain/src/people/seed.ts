/**
 * Gives an instance its system users and groups. Safe to repeat and to run on two servers at once: what is there stays as
 * it is, so that a changed root password survives every restart.
 */
import type { Counters } from '../ports/counters.ts'
import type { Passwords } from '../ports/passwords.ts'
import { ROOT_REFERENCE } from './account.ts'
import type { SystemRights } from './caller.ts'
import { SYSTEM_GROUPS, SYSTEM_USERS, systemGroupsOf } from './system-people.ts'

export interface SeededUser {
  readonly id: number
  readonly reference: string
  readonly type: string
  readonly login: string | null
  readonly passwordHash: string | null
  readonly data: Readonly<Record<string, unknown>>
  readonly systemRights: SystemRights
  readonly groupReferences: readonly string[]
}
export interface SeededGroup {
  readonly id: number
  readonly reference: string
  readonly data: Readonly<Record<string, unknown>>
  readonly systemRights: SystemRights
}

export interface SeedStore {
  /** References of all users and groups that are there. */
  references(): Promise<ReadonlySet<string>>
  /** Stores what is not there yet, in one transaction; a reference that exists is left alone. */
  seed(users: readonly SeededUser[], groups: readonly SeededGroup[]): Promise<void>
}

export interface SeedPorts {
  readonly store: SeedStore
  readonly counters: Counters
  readonly passwords: Passwords
}

const keyOf = (kind: 'user' | 'group', reference: string) => `${kind}/${reference}`

export async function seedPeople({ store, counters, passwords }: SeedPorts, { rootPassword }: { readonly rootPassword: string }): Promise<void> {
  const known = await store.references()
  const groups = SYSTEM_GROUPS.filter((g) => !known.has(keyOf('group', g.reference)))
  const users = SYSTEM_USERS.filter((u) => !known.has(keyOf('user', u.reference)))
  if (groups.length + users.length === 0) return
  const groupIds = await counters.draw('group', groups.length)
  const userIds = await counters.draw('user', users.length)
  const rootHash = users.some((u) => u.reference === ROOT_REFERENCE) ? await passwords.hash(rootPassword) : null
  await store.seed(
    users.map((u, i) => ({
      id: userIds[i] as number,
      reference: u.reference,
      type: u.type,
      login: u.login,
      passwordHash: u.reference === ROOT_REFERENCE ? rootHash : null,
      data: { displayname: u.displayname },
      systemRights: u.systemRights,
      groupReferences: systemGroupsOf(u.type),
    })),
    groups.map((g, i) => ({
      id: groupIds[i] as number,
      reference: g.reference,
      data: { name: g.name, displayname: g.displayname },
      systemRights: g.systemRights,
    })),
  )
}
