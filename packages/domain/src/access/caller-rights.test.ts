import { describe, expect, it } from 'vitest'
import { grant, group, namesWith, owner, poolContact, record, rightsWith, user } from './access.fixture.ts'

const me = user(2)

describe('rights on a record', () => {
  it('are none where nothing gives any', async () => {
    expect(await namesWith({}, record())).toBe('')
  })

  it('come from the object type for records that stand in no pool', async () => {
    const rules = { objecttypes: { 1: [grant(me, 'read create')] }, pools: [{ id: 7 }] }
    expect(await namesWith(rules, record())).toBe('create read')
    expect(await namesWith(rules, record({ tableId: 2 }))).toBe('')
    expect(await namesWith(rules, record({ poolId: 7 }))).toBe('')
  })

  it('come from the pool and the pools above it', async () => {
    const rules = {
      pools: [
        { id: 1, acl: [grant(me, 'read')] },
        { id: 3, parentId: 2 },
        { id: 2, parentId: 1, acl: [grant(me, 'change_owner')] },
      ],
    }
    expect(await namesWith(rules, record({ poolId: 3 }))).toBe('change_owner read')
    expect(await namesWith(rules, record({ poolId: 1 }))).toBe('read')
  })

  it('do not come past a pool that cuts inheritance, except by sticky entries', async () => {
    const acl = [grant(me, 'read'), grant(me, 'change_owner', { sticky: true })]
    const rules = {
      pools: [
        { id: 1, acl },
        { id: 2, parentId: 1, privateAcl: true, acl: [grant(me, 'link')] },
        { id: 3, parentId: 2 },
      ],
    }
    expect(await namesWith(rules, record({ poolId: 2 }))).toBe('change_owner link')
    expect(await namesWith(rules, record({ poolId: 3 }))).toBe('change_owner link')
    expect(await namesWith(rules, record({ poolId: 1 }))).toBe('change_owner read')
  })

  it('are given to users, to groups, to owners and to contacts of the pool', async () => {
    const contact = { id: 7, contact: me }
    expect(await namesWith({ pools: [{ id: 7, acl: [grant(group(5), 'read')] }] }, record({ poolId: 7 }), { groupIds: [4, 5] })).toBe('read')
    expect(await namesWith({ pools: [{ id: 7, acl: [grant(group(5), 'read')] }] }, record({ poolId: 7 }), { groupIds: [4] })).toBe('')
    expect(
      await namesWith(
        {
          pools: [
            { ...contact, acl: [grant(poolContact, 'read')] },
            { id: 8, parentId: 7 },
          ],
        },
        record({ poolId: 8 }),
      ),
    ).toBe('read')
    expect(await namesWith({ pools: [{ ...contact, acl: [grant(poolContact, 'read')] }] }, record({ poolId: 7 }), { userId: 3 })).toBe('')
    expect(await namesWith({ pools: [{ id: 7, acl: [grant(owner, 'change_owner')] }] }, record({ poolId: 7 }))).toBe('')
  })

  it('belong to the owner, who may be a whole group', async () => {
    expect(await namesWith({}, record({ ownerUser: 2 }))).toBe('acl delete owner read write')
    expect(await namesWith({}, record({ ownerUser: null, ownerGroup: 4 }), { groupIds: [4] })).toBe('acl delete owner read write')
    const rules = { pools: [{ id: 7, acl: [grant(owner, 'change_owner')] }] }
    expect(await namesWith(rules, record({ poolId: 7, ownerUser: 2 }))).toBe('acl change_owner delete owner read write')
  })

  it('come from every tag that the record carries', async () => {
    const rules = { tags: { 5: [grant(me, 'read')], 6: [grant(me, 'asset_download')] } }
    expect(await namesWith(rules, record({ tags: [5] }))).toBe('read')
    expect(await namesWith(rules, record({ tags: [6, 9] }))).toBe('asset_download asset_show')
    expect(await namesWith(rules, record({ tags: [] }))).toBe('')
  })

  it('come from collections that hold the record, and from the collections above those', async () => {
    const rules = {
      collections: [
        { id: 1, acl: [grant(me, 'read')] },
        { id: 2, parentId: 1, acl: [grant(me, 'write')] },
      ],
    }
    const held = record()
    expect(await namesWith(rules, held, {}, { held: { [held.systemId ?? 0]: [2] } })).toBe('read write')
    expect(await namesWith(rules, held, {}, { held: { [held.systemId ?? 0]: [1] } })).toBe('read')
    expect(await namesWith(rules, held)).toBe('')
  })

  it('do not come from a collection whose list is switched off', async () => {
    const rules = {
      collections: [
        { id: 1, acl: [grant(me, 'read')] },
        { id: 2, parentId: 1, invalid: true, acl: [grant(me, 'write')] },
      ],
    }
    const held = record()
    expect(await namesWith(rules, held, {}, { held: { [held.systemId ?? 0]: [2] } })).toBe('read')
  })

  it('of a collection about its members are no rights on the members', async () => {
    const rules = { collections: [{ id: 1, acl: [grant(me, 'link unlink create_in_collection bag_write')] }] }
    const held = record()
    expect(await namesWith(rules, held, {}, { held: { [held.systemId ?? 0]: [1] } })).toBe('')
  })

  it('of a pool on itself are no rights on its records', async () => {
    expect(await namesWith({ pools: [{ id: 7, acl: [grant(me, 'bag_read bag_write')] }] }, record({ poolId: 7 }))).toBe('')
  })

  it('reach as far as stronger rights take them', async () => {
    const rights = await rightsWith({ pools: [{ id: 7, acl: [grant(me, { delete: { _grantable: true } })] }] }, record({ poolId: 7 }))
    expect(rights).toEqual({ read: { _grantable: true }, write: { _grantable: true }, delete: { _grantable: true } })
  })

  it('hold for the object types that they name, where they name any', async () => {
    const acl = [grant(me, { read: { objecttype_ids: [1] }, delete: { objecttype_ids: [2] } })]
    expect(await rightsWith({ pools: [{ id: 7, acl }] }, record({ poolId: 7 }))).toEqual({ read: {} })
    expect(await rightsWith({ pools: [{ id: 7, acl }] }, record({ poolId: 7, tableId: 2 }))).toEqual({ read: {}, write: {}, delete: {} })
    expect(await rightsWith({ pools: [{ id: 7, acl }] }, record({ poolId: 7, tableId: 3 }))).toEqual({})
  })

  it('add up, and so do their parameters', async () => {
    const acl = [grant(me, { asset_download: { versions: ['image.preview'] } }), grant(group(5), { asset_download: { versions: ['image.full'] } })]
    const both = { versions: ['image.preview', 'image.full'] }
    expect(await rightsWith({ pools: [{ id: 7, acl }] }, record({ poolId: 7 }), { groupIds: [5] })).toEqual({
      asset_download: both,
      asset_show: both,
    })
  })

  it('depend on tags where an entry has a condition', async () => {
    const tagfilter = { all: [1, 2], any: [3, 4], not: [5] }
    const rules = { pools: [{ id: 7, acl: [grant(me, 'read', { tagfilter })] }] }
    for (const [tags, expected] of [
      [[1, 2, 3], 'read'],
      [[1, 2, 4, 9], 'read'],
      [[1, 2], ''],
      [[1, 3], ''],
      [[1, 2, 3, 5], ''],
    ] as const)
      expect(await namesWith(rules, record({ poolId: 7, tags }))).toBe(expected)
    const empty = { pools: [{ id: 7, acl: [grant(me, 'read', { tagfilter: { all: [], any: null, not: [] } })] }] }
    expect(await namesWith(empty, record({ poolId: 7 }))).toBe('read')
  })

  it('do not come from entries that are switched off', async () => {
    expect(await namesWith({ pools: [{ id: 7, acl: [grant(me, 'read', { active: false })] }] }, record({ poolId: 7 }))).toBe('')
    expect(await namesWith({ pools: [{ id: 7, acl: [grant(me, 'read', { active: null })] }] }, record({ poolId: 7 }))).toBe('read')
  })

  it('follow the preset of an entry, with the condition of the preset, and end with it', async () => {
    const acl = [grant(me, 'delete', { _right_preset: 3, tagfilter: { all: [1] } })]
    const rules = { pools: [{ id: 7, acl }], presets: [{ id: 3, rights: { read: {} }, tagfilter: { not: [2] } }] }
    expect(await namesWith(rules, record({ poolId: 7, tags: [1] }))).toBe('read')
    expect(await namesWith(rules, record({ poolId: 7, tags: [1, 2] }))).toBe('')
    expect(await namesWith(rules, record({ poolId: 7 }))).toBe('')
    expect(await namesWith({ ...rules, presets: [] }, record({ poolId: 7, tags: [1] }))).toBe('')
  })

  it('are all there are for root, without a question', async () => {
    const names = await namesWith({}, record(), { root: true })
    for (const right of ['read', 'write', 'delete', 'acl', 'create', 'mask', 'link', 'unlink', 'change_owner', 'owner'])
      expect(names.split(' ')).toContain(right)
  })
})
