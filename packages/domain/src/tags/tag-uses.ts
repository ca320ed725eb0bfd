/**
 * Where documents name tags. In lists of allowed tags (`_tags`) a tag that goes away can simply be left out; in conditions
 * and actions it cannot, because what remains would mean something else.
 */
type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const idOf = (value: unknown) => (isObject(value) ? value['_id'] : undefined)

export interface TagUses {
  /** Named in conditions and actions. */
  readonly fixed: ReadonlySet<number>
  /** Named in lists. */
  readonly listed: ReadonlySet<number>
}

export function tagUses(document: unknown): TagUses {
  const fixed = new Set<number>()
  const listed = new Set<number>()
  const add = (to: Set<number>, values: unknown) => {
    if (Array.isArray(values)) for (const value of values) if (typeof value === 'number') to.add(value)
  }
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit)
    if (!isObject(node)) return
    for (const [key, value] of Object.entries(node)) {
      if (/^tagfilter(:before|:after)?$/.test(key) && isObject(value)) for (const slot of Object.values(value)) add(fixed, slot)
      else if (key === '_tags' && Array.isArray(value)) add(listed, value.map(idOf))
      // The action `set_tags`.
      else if (key === 'tags' && Array.isArray(value)) add(fixed, value.map(idOf))
      visit(value)
    }
  }
  visit(document)
  return { fixed, listed }
}

/** The same document with tags left out of its lists. */
export function withoutTags(document: unknown, removed: ReadonlySet<number>): unknown {
  if (Array.isArray(document)) return document.map((item: unknown) => withoutTags(item, removed))
  if (!isObject(document)) return document
  const kept = (key: string, value: unknown) =>
    key === '_tags' && Array.isArray(value) ? value.filter((tag) => !removed.has(idOf(tag) as number)) : value
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [key, withoutTags(kept(key, value), removed)]))
}
