/** Tags and their groups as they are stored: what rules look at are fields of their own, the rest is kept as it came. */
import type { Schemas } from '@vitrine/contract/instance'

export type TagDocument = Schemas['Tag']
export type TagGroupDocument = Schemas['TagGroup']

export interface Tag {
  readonly id: number
  readonly version: number
  readonly reference: string | null
  /** Complete: what a request left out has its default here, so that other readers of the table need to know none. */
  readonly data: Required<Pick<TagDocument, 'enabled' | 'is_default' | 'sticky' | 'type' | 'displaytype'>> &
    Pick<TagDocument, 'displayname' | 'description' | 'shortname' | 'frontend_prefs'> & { readonly _acl: NonNullable<TagDocument['_acl']> }
}

export interface TagGroup {
  readonly id: number
  readonly reference: string | null
  /** Of a choice group a record carries at most one tag. */
  readonly type: 'checkbox' | 'choice'
  readonly data: { readonly displayname?: Schemas['LocalizedText']; readonly shortname?: string | null }
  /** In order; the place in all groups taken together is the position of a tag. */
  readonly tags: readonly Tag[]
}

export const tagGroupDocument = (group: TagGroup): TagGroupDocument => ({
  _basetype: 'taggroup',
  taggroup: { ...group.data, _id: group.id, reference: group.reference, type: group.type },
  _tags: group.tags.map(({ id, version, reference, data }) => ({ ...data, _id: id, _version: version, reference })),
})
