import { expect, it } from 'vitest'
import { instanceTags } from './place-tags.ts'
import type { Tag } from './tag.ts'
import { tagsOfVersion } from './version-tags.ts'

const tag = (id: number, type: Tag['data']['type']): Tag => ({
  ...{ id, version: 1, reference: null },
  data: { enabled: true, is_default: false, sticky: false, type, displaytype: 'facet', _acl: [] },
})
const known = instanceTags([
  {
    id: 1,
    reference: null,
    type: 'checkbox',
    data: {},
    tags: [tag(1, 'individual'), tag(2, 'individual'), tag(3, 'all_versions'), tag(4, 'all_versions')],
  },
])

it.each([
  ['single tags stay with their version', [1], [2], [1]],
  ['a tag of all versions reaches the old ones', [1], [1, 3], [1, 3]],
  ['and leaves them again', [1, 3], [1, 4], [1, 4]],
  ['the newest version keeps what it has', [2, 3], [2, 3], [2, 3]],
  ['a tag that is gone stays where it was', [9], [], [9]],
])('%s', (_, ofVersion, ofNewest, expected) => {
  expect(tagsOfVersion(ofVersion, ofNewest, known)).toEqual(expected)
})
