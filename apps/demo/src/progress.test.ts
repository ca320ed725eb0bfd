import { describe, expect, it } from 'vitest'
import { Progress } from './progress.ts'

function on(isTTY: boolean, total: number, before = 0) {
  let text = ''
  const clock = { ms: 0 }
  const progress = new Progress({ isTTY, write: (more) => void (text += more) }, 'works', total, before, () => clock.ms)
  return { progress, clock, text: () => text }
}

describe('progress', () => {
  it('draws one line anew on a terminal, not more often than one can see', () => {
    const { progress, clock, text } = on(true, 1000)
    for (let i = 0; i < 100; i += 1) {
      clock.ms += 10
      progress.advance(10)
    }
    progress.finish()
    expect(text().split('\r').length).toBeLessThan(14)
    expect(text()).toContain('works      1,000 of 1,000, 1,000/s\n')
    expect(text().match(/\n/g)).toHaveLength(1)
  })

  it('writes a line for every tenth elsewhere', () => {
    const { progress, clock, text } = on(false, 100)
    for (let i = 0; i < 100; i += 1) {
      clock.ms += 10
      progress.advance(1)
    }
    progress.finish()
    expect(text().trim().split('\n')).toHaveLength(10)
    expect(text()).not.toContain('\r')
  })

  it('counts what was there, but not into the rate', () => {
    const { progress, clock, text } = on(false, 100, 90)
    clock.ms = 1000
    progress.advance(10)
    progress.finish()
    expect(text()).toBe('works      100 of 100, 90 were there, 10/s\n')
  })
})
