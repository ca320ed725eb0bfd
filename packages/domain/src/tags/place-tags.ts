/**
 * Which tags can be used in a place. It takes over what the place above says and may change that for single tags, or shut out
 * whatever it does not name itself (`_private_tags`). A sticky tag is spared both: it can be used everywhere below.
 */
import type { PlaceSettings } from '../places/place-facts.ts'
import type { Tag, TagDocument, TagGroup } from './tag.ts'

/** A tag as it stands in a place. */
export interface PlaceTag {
  readonly tag: Tag
  readonly group: { readonly id: number; readonly choice: boolean }
  readonly enabled: boolean
  readonly isDefault: boolean
  readonly sticky: boolean
  readonly displaytype: Tag['data']['displaytype']
  /** The place that decides about it. */
  readonly origin: string
}

/** All tags of the instance by id, in their order. */
export type PlaceTags = ReadonlyMap<number, PlaceTag>

/** Stands in for a place at tags that were shut out. */
export const SHUT_OUT = 'tags-filled'

export const instanceTags = (groups: readonly TagGroup[]): PlaceTags =>
  new Map(
    groups.flatMap(({ id, type, tags }) =>
      tags.map((tag): [number, PlaceTag] => {
        const { enabled, is_default: isDefault, sticky, displaytype } = tag.data
        return [tag.id, { tag, group: { id, choice: type === 'choice' }, enabled, isDefault, sticky, displaytype, origin: 'tags' }]
      }),
    ),
  )

export function tagsBelow(above: PlaceTags, settings: PlaceSettings, origin: string): PlaceTags {
  const own = new Map((settings._tags ?? []).map((document) => [document._id, document]))
  if (own.size === 0 && !settings._private_tags) return above
  const below = [...above].map(([id, inherited]): [number, PlaceTag] => {
    const start = settings._private_tags ? shutOut(inherited) : inherited
    const document = own.get(id)
    return [id, document ? changed(start, document, origin) : start]
  })
  // A default of a choice group that is chosen here takes the place of one from above.
  const chosen = new Set(below.flatMap(([id, tag]) => (own.get(id)?.is_default && tag.group.choice ? [tag.group.id] : [])))
  return new Map(
    below.map(([id, tag]): [number, PlaceTag] => [id, chosen.has(tag.group.id) && !own.get(id)?.is_default ? { ...tag, isDefault: false } : tag]),
  )
}

const shutOut = (tag: PlaceTag): PlaceTag => (tag.sticky ? tag : { ...tag, enabled: false, isDefault: false, origin: SHUT_OUT })

const changed = (tag: PlaceTag, document: TagDocument, origin: string): PlaceTag => ({
  ...tag,
  enabled: (document.enabled ?? true) || (tag.sticky && tag.enabled),
  isDefault: document.is_default ?? tag.isDefault,
  sticky: document.sticky === true || tag.sticky,
  displaytype: document.displaytype ?? tag.displaytype,
  origin,
})

const compiled = new WeakMap<PlaceTags, TagDocument[]>()

/** As answers show them; the same list for all places that say the same. */
export function compiledTags(tags: PlaceTags): TagDocument[] {
  const known = compiled.get(tags)
  if (known) return known
  const documents = [...tags.values()].map(documentOf)
  compiled.set(tags, documents)
  return documents
}

function documentOf({ tag, enabled, isDefault, sticky, displaytype, origin }: PlaceTag): TagDocument {
  const { _acl: _, ...open } = tag.data
  const { id, version, reference } = tag
  return { ...open, _id: id, _version: version, reference, enabled, is_default: isDefault, sticky, displaytype, _origin: origin }
}

/** Those that a new record gets by itself. Of a choice group that several places fill it is the first. */
export function defaultsOf(tags: PlaceTags): PlaceTag[] {
  const chosen = new Set<number>()
  return [...tags.values()].filter(({ enabled, isDefault, group }) => {
    if (!enabled || !isDefault || (group.choice && chosen.has(group.id))) return false
    chosen.add(group.id)
    return true
  })
}
