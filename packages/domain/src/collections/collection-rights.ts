/**
 * What somebody may do with a collection, and what it gives on the records in it. Access lists come down from the collections
 * above: a private one lets only sticky entries through, a list that is invalid counts nowhere.
 */
import type { Rights } from '../access/access.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { mergeRights } from '../people/merge-rights.ts'
import { CATALOGUE, rightDisplayname } from '../people/rights-catalogue.ts'
import type { Grant } from '../people/stored-grants.ts'
import { hasPin, type Collection } from './collection.ts'

export type CollectionRight = 'bag_read' | 'bag_write' | 'bag_delete' | 'bag_acl' | 'bag_create' | 'link' | 'unlink' | 'create_in_collection'

const OWNED: Rights = Object.fromEntries(
  ['bag_read', 'bag_write', 'bag_delete', 'bag_acl', 'bag_create', 'link', 'unlink', 'create_in_collection', 'owner'].map((name) => [name, {}]),
)
const ALL: Rights = Object.fromEntries(CATALOGUE.collection.map(({ name }) => [name, {}]))
/** Each right includes those after it. */
const CHAINS = [
  ['bag_delete', 'bag_write', 'bag_read'],
  ['delete', 'write', 'read'],
  ['asset_download', 'asset_show'],
] as const

/** `path` leads from the root to the collection in question. */
export function rightsOnPath(path: readonly Collection[], caller: Caller, now: Date): Rights {
  const own = path.at(-1)?.ownerUser === caller.userId
  if (caller.root) return own ? { ...ALL, owner: {} } : ALL
  const given = grantsOnPath(path)
    .filter(({ grant, collection }) => inForce(grant, now) && isFor(grant, caller, collection))
    .map(({ grant }) => withIncluded(grant.rights))
  return mergeRights([...(own ? [OWNED] : []), ...given])
}

/** Entries that reach the end of the path, with the collection each stands on. */
export function grantsOnPath(path: readonly Collection[]): { grant: Grant; collection: Collection }[] {
  let reaching: { grant: Grant; collection: Collection }[] = []
  for (const collection of path) {
    if (collection.privateAcl) reaching = reaching.filter(({ grant }) => grant.sticky === true)
    if (!collection.invalidAcl) reaching.push(...(collection.acl ?? []).map((grant) => ({ grant, collection })))
  }
  return reaching
}

export function demand(rights: Rights, right: CollectionRight): void {
  if (!rights[right]) refuse(right)
}

export const refuse = (right: CollectionRight): never => fail('RightRequired', { right, rightdisplayname: rightDisplayname(right) })

export function inForce({ active, when }: Grant, now: Date): boolean {
  if (active === false) return false
  const [from, to] = [momentOf(when?.from, 0), momentOf(when?.to, DAY_MS - 1)]
  // A time that cannot be read compares with nothing, so its entry is never in force.
  return (from === null || from <= now.getTime()) && (to === null || to >= now.getTime())
}

const DAY_MS = 86_400_000
const DAY = /^\d{4}-\d{2}-\d{2}$/

/** A day without a time is a whole day: `restMs` leads to its end. */
function momentOf(text: string | null | undefined, restMs: number): number | null {
  if (text === null || text === undefined || text === '') return null
  const at = Date.parse(text)
  return DAY.test(text) ? at + restMs : at
}

export function isFor({ who }: Grant, caller: Caller, { ownerUser }: Collection): boolean {
  if (who._owner === true) return ownerUser === caller.userId
  if (who.user?._id !== undefined) return who.user._id === caller.userId
  return who.group?._id !== undefined && caller.groupIds.includes(who.group._id)
}

export function withIncluded(rights: Grant['rights']): Rights {
  const all: Record<string, Readonly<Record<string, unknown>>> = { ...rights }
  for (const chain of CHAINS)
    chain.forEach((name, i) => {
      const held = all[name]
      const next = chain[i + 1]
      if (held && next) all[next] = all[next] ? (mergeRights([{ [next]: all[next] }, { [next]: held }])[next] ?? {}) : held
    })
  return all
}

/** A code that a user keeps for a collection. */
export interface PinCode {
  readonly collection_id: number
  readonly pin_code: string
}

/** Whether the caller has every code that protects the collection or one above it. Owners need none of their own. */
export function pinOk(path: readonly Collection[], caller: Caller, codes: readonly PinCode[]): boolean {
  if (caller.root) return true
  return path.every(
    (collection) =>
      !hasPin(collection) ||
      collection.ownerUser === caller.userId ||
      codes.some(({ collection_id: id, pin_code: code }) => id === collection.id && code === collection.fields.pin_code),
  )
}
