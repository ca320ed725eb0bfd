import { describe, expect, it } from 'vitest'
import { caller, grant, record, serviceOn, sourceOf, storedRules, user } from './access.fixture.ts'
import type { StoredRules } from './rules.ts'

const me = user(2)
const inPool = record({ poolId: 7 })

/** A service that counts how often it loads, with rules and a clock that a test changes. */
function changing(rules: StoredRules) {
  const state = { rules, now: new Date('2026-06-01T00:00:00Z'), loads: 0 }
  const service = serviceOn(
    () => {
      state.loads++
      return state.rules
    },
    () => state.now,
  )
  const names = async (more: Parameters<typeof caller>[0] = {}) => {
    const [rights] = await (await service.of(caller(more))).rightsOn(sourceOf(), [inPool])
    return Object.keys(rights ?? {}).join(' ')
  }
  return { state, service, names }
}
const poolRules = (rights: string, revision: number, more = {}) => storedRules({ pools: [{ id: 7, acl: [grant(me, rights, more)] }] }, revision)

describe('compiled rules', () => {
  it('are loaded once for a revision', async () => {
    const { state, names } = changing(poolRules('read', 1))
    await Promise.all([names(), names(), names({ userId: 3 })])
    await names()
    expect(state.loads).toBe(1)
  })

  it('are loaded again for a newer revision, and serve requests that still have the older one', async () => {
    const { state, names } = changing(poolRules('read', 1))
    expect(await names()).toBe('read')
    state.rules = poolRules('change_owner', 2)
    expect(await names()).toBe('read')
    expect(await names({ configRevision: 2 })).toBe('change_owner')
    expect(await names({ configRevision: 1 })).toBe('change_owner')
    expect(state.loads).toBe(2)
  })

  it('end with the next moment at which an entry begins or ends', async () => {
    const { state, names } = changing(poolRules('read', 1, { when: { from: '2026-06-02', to: '2026-06-03' } }))
    expect(await names()).toBe('')
    state.now = new Date('2026-06-02T00:00:00Z')
    expect(await names()).toBe('read')
    state.now = new Date('2026-06-03T23:59:59Z')
    expect(await names()).toBe('read')
    expect(state.loads).toBe(2)
    state.now = new Date('2026-06-04T00:00:00Z')
    expect(await names()).toBe('')
    state.now = new Date('2027-01-01T00:00:00Z')
    expect(await names()).toBe('')
    expect(state.loads).toBe(3)
  })

  it('are not needed for root', async () => {
    const { state, names } = changing(storedRules({}))
    expect(await names({ root: true })).toContain('read')
    expect(state.loads).toBe(0)
  })

  it('are loaded again after a failure', async () => {
    let broken = true
    const service = serviceOn(() => {
      if (broken) throw new Error('gone')
      return poolRules('read', 1)
    })
    await expect(service.of(caller())).rejects.toThrow('gone')
    broken = false
    const [rights] = await (await service.of(caller())).rightsOn(sourceOf(), [inPool])
    expect(rights).toEqual({ read: {} })
  })

  it('differ for callers who differ in their groups only', async () => {
    const acl = [grant({ _basetype: 'group', group: { _id: 4 } }, 'read')]
    const { names } = changing(storedRules({ pools: [{ id: 7, acl }] }))
    expect(await names({ groupIds: [4] })).toBe('read')
    expect(await names({ groupIds: [] })).toBe('')
  })
})
