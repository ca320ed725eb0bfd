/** System fields of the long and full formats that are not about the content. Empty lists are told in the full formats only. */
import type { Caller } from '../people/caller.ts'
import type { HistoryEntry, RecordFacts } from './record-store.ts'
import type { Page, Rendered } from './render-page.ts'
import { userJson } from './render-names.ts'

const json = JSON.stringify

/** `_acl` and what goes with it, where the type has access lists, the mask shows them and the caller may see them. */
export function aclParts(page: Page, { plan, facts }: Rendered): string {
  if (!plan.table.aclTable || !plan.mask.system.acl.shown || !(page.rights.has(facts, 'acl') || isOwner(page.options.caller, facts))) return ''
  const acl = facts.acl ?? []
  const list = acl.length || plan.contents.empty ? `,"_acl":${json(acl)}` : ''
  return `${list},"_private_acl":${facts.privateAcl === true},"_has_acl":${acl.length > 0}`
}

const isOwner = ({ userId, groupIds }: Caller, { ownerUser, ownerGroup }: RecordFacts): boolean =>
  ownerUser === userId || (ownerGroup !== undefined && groupIds.includes(ownerGroup))

/** Marks of broken rules belong to the newest version: what an older one broke is not known. */
export function systemTags({ plan, facts }: Rendered): string {
  if (facts.version !== facts.newest) return ''
  const names = facts.systemTags ?? []
  return names.length || plan.contents.empty ? `,"_system_tags":${json(names.map((name) => ({ name })))}` : ''
}

export const collectionsPart = (page: Page, { id }: RecordFacts): string => {
  const ids = id === null ? [] : (page.collections.get(id) ?? [])
  return `,"_collections":[${ids.map((collection) => `{"_id":${collection}}`).join(',')}]`
}

/** Nothing is published anywhere yet, which is what these say. */
export const publishedParts = ({ plan }: Rendered): string =>
  plan.contents.empty && plan.mask.system.publish.shown ? ',"_published":[],"_published_count":0' : ''

export function changelog(page: Page, { facts }: Rendered): string {
  return facts.history ? `,"_changelog":[${facts.history.map((entry) => changeJson(page, facts, entry)).join(',')}]` : ''
}

function changeJson(page: Page, facts: RecordFacts, entry: HistoryEntry): string {
  const flags = `"current_version":${entry.version === facts.version},"latest_version":${entry.version === facts.newest}`
  const user = entry.user === null ? '' : `,"user":${userJson(page.names, entry.user, true)}`
  const comment = entry.comment ? `,"comment":${json(entry.comment)}` : ''
  return `{"operation":"${entry.operation}","time":"${entry.time}","version":${entry.version},${flags}${user}${comment}}`
}
