import { describe, expect, it } from 'vitest'
import { caller, grant, group, namesWith, poolContact, record, serviceOn, sourceOf, storedRules, user } from './access.fixture.ts'

const me = user(2)
const place = (more: Parameters<typeof record>[0] = {}) => record({ tableId: 2, ...more })

describe('the access list of a record', () => {
  it('gives rights where its type has such lists, and nowhere else', async () => {
    expect(await namesWith({}, place({ acl: [grant(me, 'write')] }))).toBe('read write')
    expect(await namesWith({}, record({ acl: [grant(me, 'write')] }))).toBe('')
  })

  it('comes down from the records above', async () => {
    const top = place({ acl: [grant(me, 'read')] })
    const middle = place({ parentId: top.systemId, acl: [grant(group(4), 'delete')] })
    const below = place({ parentId: middle.systemId })
    const stored = { records: [top, middle, below] }
    expect(await namesWith({}, below, {}, stored)).toBe('read')
    expect(await namesWith({}, below, { groupIds: [4] }, stored)).toBe('delete read write')
    expect(await namesWith({}, top, { groupIds: [4] }, stored)).toBe('read')
  })

  it('comes down to a record that is not stored yet', async () => {
    const top = place({ acl: [grant(me, 'read')] })
    expect(await namesWith({}, place({ systemId: null, parentId: top.systemId }), {}, { records: [top] })).toBe('read')
  })

  it('stops at a record that cuts inheritance, unless an entry is sticky', async () => {
    const top = place({ acl: [grant(me, 'read'), grant(me, 'asset_show', { sticky: true })] })
    const cut = place({ parentId: top.systemId, privateAcl: true })
    const below = place({ parentId: cut.systemId })
    const stored = { records: [top, cut, below] }
    expect(await namesWith({}, cut, {}, stored)).toBe('asset_show')
    expect(await namesWith({}, below, {}, stored)).toBe('asset_show')
  })

  it('ends with a tree that has become a circle', async () => {
    const one = place({ acl: [grant(me, 'read')] })
    const other = place({ parentId: one.systemId })
    const circle = { ...one, parentId: other.systemId }
    expect(await namesWith({}, other, {}, { records: [circle, other] })).toBe('read')
  })

  it('knows the contact of the pool of the record in question', async () => {
    const rules = { pools: [{ id: 7, contact: me }, { id: 8 }] }
    const top = place({ poolId: 8, acl: [grant(poolContact, 'read')] })
    expect(await namesWith(rules, place({ poolId: 7, parentId: top.systemId }), {}, { records: [top] })).toBe('read')
    expect(await namesWith(rules, place({ poolId: 8, parentId: top.systemId }), {}, { records: [top] })).toBe('')
  })

  it('counts while an entry is in force', async () => {
    expect(await namesWith({}, place({ acl: [grant(me, 'read', { when: { from: '2026-06-01' } })] }))).toBe('read')
    expect(await namesWith({}, place({ acl: [grant(me, 'read', { when: { to: '2026-05' } })] }))).toBe('')
  })
})

describe('a private record', () => {
  it('takes nothing from above but sticky entries and masks', async () => {
    const acl = [grant(me, 'read mask'), grant(me, 'change_owner', { sticky: true })]
    expect(await namesWith({ pools: [{ id: 7, acl }] }, record({ poolId: 7, privateAcl: true }))).toBe('change_owner mask')
    expect(await namesWith({ objecttypes: { 1: acl } }, record({ privateAcl: true }))).toBe('change_owner mask')
  })

  it('keeps what its tags, its collections and its own list give', async () => {
    const rules = { tags: { 5: [grant(me, 'asset_show')] }, collections: [{ id: 1, acl: [grant(me, 'read')] }] }
    const held = place({ privateAcl: true, tags: [5], acl: [grant(me, 'write')] })
    expect(await namesWith(rules, held, {}, { held: { [held.systemId ?? 0]: [1] } })).toBe('asset_show read write')
  })

  it('stays with its owner', async () => {
    expect(await namesWith({}, record({ privateAcl: true, ownerUser: 2 }))).toBe('acl delete owner read write')
  })
})

describe('a batch of records', () => {
  it('costs one question each about lists above and collections', async () => {
    const access = await serviceOn(() =>
      storedRules({
        collections: [
          { id: 1, acl: [grant(me, 'read')] },
          { id: 2, acl: [grant(user(3), 'read')] },
        ],
      }),
    ).of(caller())
    const source = sourceOf()
    const records = Array.from({ length: 1000 }, () => place({ parentId: 5 }))
    await access.rightsOn(source, records)
    expect(source.questions.map((question) => question.split(' ')[0])).toEqual(['ancestors', 'memberships'])
    expect(source.questions[0]).toBe('ancestors 5')
    expect(source.questions[1]).toMatch(/ in 1$/)
  })

  it('asks nothing where no list and no collection can matter', async () => {
    const access = await serviceOn(() => storedRules({ pools: [{ id: 7, acl: [grant(me, 'read')] }] })).of(caller())
    const source = sourceOf()
    await access.rightsOn(source, [record({ poolId: 7 }), record({ tableId: 3, parentId: 5 })])
    expect(source.questions).toEqual([])
  })

  it('is judged once for records that are alike', async () => {
    const access = await serviceOn(() => storedRules({ pools: [{ id: 7, acl: [grant(me, 'read')] }], tags: { 5: [grant(me, 'write')] } })).of(
      caller(),
    )
    const [one, other, tagged] = await access.rightsOn(sourceOf(), [
      record({ poolId: 7, tags: [1] }),
      record({ poolId: 7, tags: [2] }),
      record({ poolId: 7, tags: [5] }),
    ])
    expect(one).toBe(other)
    expect(one).not.toBe(tagged)
  })
})
