/** People, pools and tags as records mention them. */
import type { Names, PersonName, RecordFacts } from './record-store.ts'

const json = JSON.stringify

/** A page names the same few people again and again. */
const userTexts = new WeakMap<Names, Map<string, string>>()

export function userJson(names: Names, id: number, full: boolean): string {
  const texts = userTexts.get(names) ?? new Map<string, string>()
  userTexts.set(names, texts)
  const key = `${id} ${full}`
  const text = texts.get(key) ?? writeUser(names, id, full)
  texts.set(key, text)
  return text
}

function writeUser(names: Names, id: number, full: boolean): string {
  const user: PersonName = names.users.get(id) ?? { id, displayname: `#${id}` }
  return json({ _basetype: 'user', user: { _id: user.id, ...(full && user.more), _generated_displayname: user.displayname } })
}

/** The owner: a user or a group, or nobody. */
export function personJson(names: Names, { ownerUser, ownerGroup }: RecordFacts): string | undefined {
  if (ownerUser !== undefined) return userJson(names, ownerUser, false)
  if (ownerGroup === undefined) return undefined
  return json({
    _basetype: 'group',
    group: { _id: ownerGroup, _generated_displayname: names.groups.get(ownerGroup)?.displayname ?? String(ownerGroup) },
  })
}

export function poolJson(names: Names, id: number): string {
  const name = names.pools.get(id)?.name
  return json({ _basetype: 'pool', pool: { _id: id, ...(name && { name }) } })
}

/** Tags in the order in which the tag groups show them, not the order in which they were sent. */
export function tagsJson(names: Names, ids: readonly number[], named: boolean): string {
  if (!ids.length) return '[]'
  const wanted = new Set(ids)
  const tags = [...names.tags.values()].filter((tag) => wanted.has(tag.id))
  return json(tags.map((tag) => ({ _id: tag.id, ...(named && tag.displayname && { displayname: tag.displayname }) })))
}
