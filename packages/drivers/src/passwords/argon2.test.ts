import { isDomainError } from '@vitrine/domain/errors'
import { describe, expect, it } from 'vitest'
import { Argon2Passwords } from './argon2.ts'

const CHEAP = { memoryKib: 64, passes: 1 }

describe('argon2id passwords', () => {
  it('verifies the password it has hashed and no other', async () => {
    const passwords = new Argon2Passwords(CHEAP)
    const stored = await passwords.hash('correct horse')
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/)
    expect(await passwords.verify('correct horse', stored)).toBe(true)
    expect(await passwords.verify('correct horsf', stored)).toBe(false)
  })

  it('salts: the same password never gives the same text twice', async () => {
    const passwords = new Argon2Passwords(CHEAP)
    expect(await passwords.hash('same')).not.toBe(await passwords.hash('same'))
  })

  it('agrees with itself about letters that can be written in two ways', async () => {
    const passwords = new Argon2Passwords(CHEAP)
    expect(await passwords.verify('cafe\u0301', await passwords.hash('caf\u00e9'))).toBe(true)
  })

  it('verifies hashes made with other parameters and calls them outdated', async () => {
    const stored = await new Argon2Passwords(CHEAP).hash('secret')
    const stronger = new Argon2Passwords({ memoryKib: 128, passes: 2 })
    expect(await stronger.verify('secret', stored)).toBe(true)
    expect(stronger.outdated(stored)).toBe(true)
    expect(stronger.outdated(await stronger.hash('secret'))).toBe(false)
  })

  it('answers false without a stored hash, and for texts it cannot read or that ask for absurd work', async () => {
    const passwords = new Argon2Passwords(CHEAP)
    const salt = 'c2FsdHNhbHRzYWx0'
    const absurd = `$argon2id$v=19$m=4194304,t=99,p=1$${salt}$${salt}${salt}`
    for (const stored of [null, '', 'plain', '$2b$10$abcdefghijklmnopqrstuv', absurd]) expect(await passwords.verify('x', stored)).toBe(false)
    expect(passwords.recognizes(absurd)).toBe(false)
  })

  it('refuses further work when the queue is full, and works again afterwards', async () => {
    const passwords = new Argon2Passwords({ ...CHEAP, concurrency: 1, queue: 2 })
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => passwords.hash('x')))
    const refused = results.filter((r) => r.status === 'rejected')
    expect(refused).toHaveLength(3)
    expect(refused.every((r) => isDomainError(r.reason) && r.reason.code === 'TooManyRequests')).toBe(true)
    await expect(passwords.hash('x')).resolves.toContain('argon2id')
  })
})
