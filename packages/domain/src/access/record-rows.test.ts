import { describe, expect, it } from 'vitest'
import { grant, group, owner, poolContact, user } from './access.fixture.ts'
import { grantRowsOf, tagRowsOf } from './record-rows.ts'

const rows = (...acl: Parameters<typeof grant>[]) => grantRowsOf({ systemId: 1, acl: acl.map((entry) => grant(...entry)) })

describe('an access list as rows', () => {
  it('names everybody it is for, and keeps the places in the list', () => {
    expect(rows([user(2), 'read'], [group(3), 'asset_show'], [owner, 'read'], [poolContact, 'delete', { sticky: true }])).toEqual([
      { systemId: 1, position: 0, userId: 2, groupId: null, role: null, sticky: false, data: { read: true } },
      { systemId: 1, position: 1, userId: null, groupId: 3, role: null, sticky: false, data: { read: false } },
      { systemId: 1, position: 2, userId: null, groupId: null, role: 'owner', sticky: false, data: { read: true } },
      { systemId: 1, position: 3, userId: null, groupId: null, role: 'pool_contact', sticky: true, data: { read: true } },
    ])
  })

  it('leaves out what is switched off', () => {
    expect(rows([user(2), 'read', { active: false }], [user(3), 'read'])).toMatchObject([{ position: 1, userId: 3 }])
  })

  it('carries preset, condition and time span in a form that a statement can compare', () => {
    const more = { _right_preset: 4, tagfilter: { all: [1], any: [2, 3], not: [5] }, when: { from: '2026-01-01', to: 'nonsense' } }
    expect(rows([user(2), 'read', more])[0]?.data).toEqual({
      ...{ read: true, preset: 4, all: [1], any: [2, 3], not: [5] },
      ...{ from: Date.UTC(2026, 0, 1), until: Number.MIN_SAFE_INTEGER },
    })
  })
})

it('a tag that is listed twice is one row', () => {
  expect(tagRowsOf({ systemId: 1, tableId: 3, tags: [5, 6, 5] })).toEqual([
    { tagId: 5, tableId: 3, systemId: 1 },
    { tagId: 6, tableId: 3, systemId: 1 },
  ])
})
