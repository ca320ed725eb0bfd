/** Sets of rights: what implies what, what owners have, and what root has. */
import { mergeRights } from '../people/merge-rights.ts'
import { CATALOGUE } from '../people/rights-catalogue.ts'
import type { Rights } from './access.ts'

/** The stronger right first. What limits it limits the weaker one it brings along. */
const IMPLIED = [
  ['delete', 'write'],
  ['write', 'read'],
  ['asset_download', 'asset_show'],
] as const

/** Whoever owns a record, alone or as one of a group. `owner` is no right to be granted, but tells interfaces so. */
export const OWNER_RIGHTS: Rights = { read: {}, write: {}, delete: {}, acl: {}, owner: {} }

export const ROOT_RIGHTS: Rights = {
  ...Object.fromEntries(
    [...CATALOGUE.pool, ...CATALOGUE.collection]
      .filter(({ group }) => group !== 'bag')
      .map(({ name, has_grantable }) => [name, has_grantable ? { _grantable: true } : {}]),
  ),
  owner: {},
}

/** What a set of rights gives on records of one object type, implied rights included. Limits to object types are gone from it. */
export function narrowed(rights: Rights, tableId: number): Rights {
  let narrow: Rights = Object.fromEntries(
    Object.entries(rights).flatMap(([name, { objecttype_ids: types, ...parameters }]) => (includes(types, tableId) ? [[name, parameters]] : [])),
  )
  for (const [stronger, weaker] of IMPLIED) {
    const held = narrow[stronger]
    if (held) narrow = mergeRights([narrow, { [weaker]: held }])
  }
  return narrow
}

const includes = (types: unknown, tableId: number) => !Array.isArray(types) || types.length === 0 || types.includes(tableId)
