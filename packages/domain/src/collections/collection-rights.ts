/**
 * What somebody may do with a collection, and what it gives on the records in it. Access lists come down from the collections
 * above: a private one lets only sticky entries through, a list that is invalid counts nowhere.
 */
import type { Rights } from '../access/access.ts'
import { grantsWith, inForce, type AccessGrant, type AccessPresets, type Who } from '../access/grants.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { mergeRights } from '../people/merge-rights.ts'
import { CATALOGUE, rightDisplayname } from '../people/rights-catalogue.ts'
import { hasPin, type Collection } from './collection.ts'

export type CollectionRight = 'bag_read' | 'bag_write' | 'bag_delete' | 'bag_acl' | 'bag_create' | 'link' | 'unlink' | 'create_in_collection'

/** Who looks at collections, and with what. */
export interface Viewer {
  readonly caller: Caller
  readonly presets: AccessPresets
  readonly now: Date
}

const OWNED: Rights = Object.fromEntries(
  ['bag_read', 'bag_write', 'bag_delete', 'bag_acl', 'bag_create', 'link', 'unlink', 'create_in_collection', 'owner'].map((name) => [name, {}]),
)
const ALL: Rights = Object.fromEntries(CATALOGUE.collection.map(({ name }) => [name, {}]))
/** The stronger right first. */
const IMPLIED = [
  ['bag_delete', 'bag_write'],
  ['bag_write', 'bag_read'],
  ['delete', 'write'],
  ['write', 'read'],
  ['asset_download', 'asset_show'],
] as const

/** `path` leads from the root to the collection in question. */
export function rightsOnPath(path: readonly Collection[], viewer: Viewer): Rights {
  const { caller } = viewer
  const own = path.at(-1)?.ownerUser === caller.userId
  if (caller.root) return own ? { ...ALL, owner: {} } : ALL
  let reaching: AccessGrant[] = []
  for (const collection of path) {
    if (collection.privateAcl) reaching = reaching.filter(({ sticky }) => sticky)
    reaching.push(...grantsFor(collection, viewer))
  }
  return withImplied(mergeRights([...(own ? [OWNED] : []), ...reaching.map(({ rights }) => rights)]))
}

/** Entries of the collection's own list that are in force for the viewer. */
export function grantsFor({ acl, invalidAcl, ownerUser }: Collection, { caller, presets, now }: Viewer): AccessGrant[] {
  if (invalidAcl) return []
  return grantsWith(acl, presets, () => true).filter((grant) => inForce(grant, now.getTime()) && isFor(grant.who, caller, ownerUser))
}

function isFor(who: Who, { userId, groupIds }: Caller, ownerUser: number): boolean {
  if (who.kind === 'user') return who.id === userId
  if (who.kind === 'group') return groupIds.includes(who.id)
  return who.kind === 'owner' && ownerUser === userId
}

export function withImplied(rights: Rights): Rights {
  let all = rights
  for (const [stronger, weaker] of IMPLIED) {
    const held = all[stronger]
    if (held) all = mergeRights([all, { [weaker]: held }])
  }
  return all
}

export function demand(rights: Rights, right: CollectionRight): void {
  if (!rights[right]) refuse(right)
}

export const refuse = (right: CollectionRight): never => fail('RightRequired', { right, rightdisplayname: rightDisplayname(right) })

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
