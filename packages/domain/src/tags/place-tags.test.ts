import { describe, expect, it } from 'vitest'
import type { PlaceSettings } from '../places/place-facts.ts'
import { compiledTags, defaultsOf, instanceTags, SHUT_OUT, tagsBelow, type PlaceTags } from './place-tags.ts'
import type { Tag, TagGroup } from './tag.ts'

const tag = (id: number, data: Partial<Tag['data']> = {}): Tag => ({
  ...{ id, version: 1, reference: `tag-${id}` },
  data: { enabled: true, is_default: false, sticky: false, type: 'individual', displaytype: 'facet', _acl: [], ...data },
})
const group = (id: number, type: TagGroup['type'], ...tags: Tag[]): TagGroup => ({ id, reference: null, type, data: {}, tags })

/** 1 is sticky, 2 a default; 3 and 4 exclude each other and 3 is the default; 5 is switched off. */
const instance = instanceTags([
  group(1, 'checkbox', tag(1, { sticky: true }), tag(2, { is_default: true })),
  group(2, 'choice', tag(3, { is_default: true }), tag(4)),
  group(3, 'checkbox', tag(5, { enabled: false })),
])
const enabled = (tags: PlaceTags) => [...tags.values()].filter((one) => one.enabled).map((one) => one.tag.id)
const defaults = (tags: PlaceTags) => defaultsOf(tags).map((one) => one.tag.id)
const origins = (tags: PlaceTags) => [...tags.values()].map(({ origin }) => origin)
const at = (settings: PlaceSettings, above = instance) => tagsBelow(above, settings, 'pool:9')

describe('the tags of a place', () => {
  it('are those of the place above where it says nothing, the very same list', () => {
    expect(at({})).toBe(instance)
    expect(at({ _tags: [], _private_tags: false })).toBe(instance)
    expect([enabled(instance), defaults(instance)]).toEqual([
      [1, 2, 3, 4],
      [2, 3],
    ])
    expect(compiledTags(instance)).toBe(compiledTags(at({})))
  })
  it('can be switched on and off one by one, and say which place did it', () => {
    const tags = at({
      _tags: [
        { _id: 2, enabled: false },
        { _id: 5, enabled: true },
      ],
    })
    expect(enabled(tags)).toEqual([1, 3, 4, 5])
    expect(defaults(tags)).toEqual([3])
    expect(origins(tags)).toEqual(['tags', 'pool:9', 'tags', 'tags', 'pool:9'])
  })
  it('are only the named and the sticky ones where the list is private', () => {
    const tags = at({ _private_tags: true, _tags: [{ _id: 4 }] })
    expect(enabled(tags)).toEqual([1, 4])
    expect(defaults(tags)).toEqual([])
    expect(origins(tags)).toEqual(['tags', SHUT_OUT, SHUT_OUT, 'pool:9', SHUT_OUT])
    expect(enabled(at({ _private_tags: true }))).toEqual([1])
  })
  it('can be brought back further down', () => {
    const tags = at({ _tags: [{ _id: 2, enabled: true, is_default: true }] }, at({ _private_tags: true }))
    expect([enabled(tags), defaults(tags)]).toEqual([[1, 2], [2]])
  })
  it('cannot lose a sticky one, and a place can make others sticky for those below', () => {
    expect(enabled(at({ _tags: [{ _id: 1, enabled: false, sticky: false }] }))).toContain(1)
    const tags = at({ _private_tags: true }, at({ _tags: [{ _id: 2, sticky: true }] }))
    expect(enabled(tags)).toEqual([1, 2])
  })
  it('have one default of a choice, the one chosen last', () => {
    expect(defaults(at({ _tags: [{ _id: 4, is_default: true }] }))).toEqual([2, 4])
    const both = { _tags: [3, 4].map((_id) => ({ _id, is_default: true })) }
    expect(defaults(at(both))).toEqual([2, 3])
  })
  it('are shown with everything but their access lists', () => {
    expect(compiledTags(at({ _tags: [{ _id: 1, displaytype: 'hidden', displayname: { 'en-US': 'another name' } }] }))[0]).toEqual({
      ...{ _id: 1, _version: 1, reference: 'tag-1', enabled: true, is_default: false, sticky: true, type: 'individual' },
      ...{ displaytype: 'hidden', _origin: 'pool:9' },
    })
  })
})
