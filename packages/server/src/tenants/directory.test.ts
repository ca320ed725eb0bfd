import type { Instance } from '@vitrine/domain/instances/instance'
import { describe, expect, it } from 'vitest'
import { TenantDirectory } from './directory.ts'
import type { Tenant } from './tenant.ts'

const instance = (id: string, domain: string, revision = 1): Instance => ({
  id,
  domain,
  aliases: [],
  prefix: id,
  state: 'active',
  revision,
  attributes: { values: {}, settings: {} },
})

function directory(options: { maxTenants?: number } = {}) {
  const register = new Map<string, Instance>()
  const watchers: (() => void)[] = []
  let clock = 0
  const calls = { resolved: 0, built: 0, failing: false }
  const instances = {
    async resolve(host: string) {
      calls.resolved++
      if (calls.failing) throw new Error('the database is away')
      return register.get(host)
    },
    watch: (watcher: () => void) => void watchers.push(watcher),
  }
  const build = ({ id, domain, revision }: Instance): Tenant => {
    calls.built++
    // The directory only passes tenants on; what a tenant can do is no part of this test.
    return { id, domain, revision } as Tenant
  }
  const dir = new TenantDirectory({ instances, build, now: () => clock, ...options })
  return { dir, register, calls, pass: (ms: number) => (clock += ms), change: () => watchers.forEach((watcher) => watcher()) }
}

describe('finding the tenant of a host', () => {
  it('keeps the tenant, and asks for the host again after a moment only', async () => {
    const { dir, register, calls, pass } = directory()
    register.set('a', instance('1', 'a'))
    const first = await dir.find('a')
    expect(await dir.find('a')).toBe(first)
    expect(calls).toMatchObject({ resolved: 1, built: 1 })
    pass(1500)
    expect(await dir.find('a')).toBe(first)
    expect(calls).toMatchObject({ resolved: 2, built: 1 })
  })

  it('stops serving what was removed here at once, and what was removed elsewhere within two seconds', async () => {
    const { dir, register, pass, change } = directory()
    register.set('a', instance('1', 'a')).set('b', instance('2', 'b'))
    await Promise.all([dir.find('a'), dir.find('b')])
    register.clear()
    pass(1999)
    expect(await dir.find('a')).toBeUndefined()
    register.set('b', instance('2', 'b'))
    await dir.find('b')
    register.clear()
    change()
    expect(await dir.find('b')).toBeUndefined()
  })

  it('holds no more tenants than it may, and lets go of the one used longest ago', async () => {
    const { dir, register, calls } = directory({ maxTenants: 2 })
    for (const name of ['a', 'b', 'c']) register.set(name, instance(name, name))
    for (const name of ['a', 'b', 'a', 'c', 'a']) await dir.find(name)
    expect(calls.built).toBe(3)
    await dir.find('b')
    expect(calls.built).toBe(4)
  })

  it('builds a tenant anew once its instance has changed, and never goes back to what it was', async () => {
    const { dir, register, calls } = directory()
    register.set('a', instance('1', 'a'))
    expect((await dir.find('a'))?.revision).toBe(1)
    expect(dir.tenantOf(instance('1', 'a', 2)).revision).toBe(2)
    expect((await dir.find('a'))?.revision).toBe(2)
    expect(calls.built).toBe(2)
  })

  it('remembers no text that is too long for a host', async () => {
    const { dir, calls } = directory()
    for (let i = 0; i < 2; i++) await dir.find('x'.repeat(300))
    expect(calls.resolved).toBe(2)
  })

  it('does not remember a failure', async () => {
    const { dir, register, calls } = directory()
    register.set('a', instance('1', 'a'))
    calls.failing = true
    await expect(dir.find('a')).rejects.toThrow('away')
    calls.failing = false
    expect((await dir.find('a'))?.id).toBe('1')
  })
})
