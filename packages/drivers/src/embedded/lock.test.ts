import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { alone, Register } from './lock.ts'

const folder = () => mkdtempSync(path.join(tmpdir(), 'vitrine-lock-'))
/** A process that has ended: its pid is nobody's, or soon somebody else's. */
const deadPid = () => spawnSync('true').pid

describe('alone', () => {
  it('lets one at a time work, and all of them in the end', async () => {
    const file = path.join(folder(), 'lock')
    let inside = 0
    let most = 0
    const work = async (n: number) => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
      return n
    }
    expect(await Promise.all([1, 2, 3].map((n) => alone(file, () => work(n))))).toEqual([1, 2, 3])
    expect(most).toBe(1)
    expect(existsSync(file)).toBe(false)
  })

  it('takes over from a holder that is gone', async () => {
    const dir = folder()
    writeFileSync(path.join(dir, 'lock'), `${deadPid()} 12345 abc`)
    expect(await alone(path.join(dir, 'lock'), async () => 'mine')).toBe('mine')
    expect(readdirSync(dir)).toEqual([])
  })

  it('takes over from a holder whose pid was given to another process', async () => {
    const file = path.join(folder(), 'lock')
    writeFileSync(file, `${process.pid} not-when-it-started abc`)
    expect(await alone(file, async () => 'mine')).toBe('mine')
  })

  it('is free again after a failure', async () => {
    const file = path.join(folder(), 'lock')
    await expect(alone(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await alone(file, async () => 'yes')).toBe('yes')
  })
})

describe('Register', () => {
  it('knows whether anybody alive is left, and forgets the dead', () => {
    const dir = path.join(folder(), 'users')
    const [a, b] = [new Register(dir), new Register(dir)]
    a.enter()
    b.enter()
    writeFileSync(path.join(dir, 'ghost'), `${deadPid()} 1`)
    a.leave()
    expect(b.inUse()).toBe(true)
    b.leave()
    expect(b.inUse()).toBe(false)
    expect(readdirSync(dir)).toEqual([])
  })
})
