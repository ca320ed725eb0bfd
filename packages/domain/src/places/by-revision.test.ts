import { describe, expect, it } from 'vitest'
import { ByRevision, type Revised } from './by-revision.ts'

/** Readings that the test answers one by one. */
function readings() {
  const open: { resolve: (value: Revised<string>) => void; reject: (error: Error) => void }[] = []
  const kept = new ByRevision(() => new Promise<Revised<string>>((resolve, reject) => open.push({ resolve, reject })))
  return { open, kept }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('what is worked out from settings', () => {
  it('is read once for all who ask at a time, and kept', async () => {
    const { open, kept } = readings()
    const both = Promise.all([kept.at(3), kept.at(3)])
    await settled()
    open[0]?.resolve({ revision: 3, value: 'three' })
    expect(await both).toEqual(['three', 'three'])
    expect(await kept.at(3)).toBe('three')
    expect(open).toHaveLength(1)
  })
  it('is read anew for who knows of a newer revision, and the newest serves who came before', async () => {
    const { open, kept } = readings()
    const first = kept.at(3)
    await settled()
    open[0]?.resolve({ revision: 3, value: 'three' })
    await first
    const next = kept.at(4)
    await settled()
    open[1]?.resolve({ revision: 5, value: 'five' })
    expect(await next).toBe('five')
    expect(await Promise.all([kept.at(3), kept.at(5)])).toEqual(['five', 'five'])
    expect(open).toHaveLength(2)
  })
  it('is not taken from a reading that began before the change', async () => {
    const { open, kept } = readings()
    const early = kept.at(3)
    await settled()
    const late = Promise.all([kept.at(4), kept.at(4)])
    await settled()
    open[0]?.resolve({ revision: 3, value: 'three' })
    expect(await early).toBe('three')
    await settled()
    open[1]?.resolve({ revision: 4, value: 'four' })
    expect(await late).toEqual(['four', 'four'])
    expect(open).toHaveLength(2)
  })
  it('is read again after a failure, and an old reading does not replace a newer one', async () => {
    const { open, kept } = readings()
    const failing = kept.at(1)
    await settled()
    open[0]?.reject(new Error('away'))
    await expect(failing).rejects.toThrow('away')
    await settled()
    const again = kept.at(1)
    await settled()
    open[1]?.resolve({ revision: 2, value: 'two' })
    expect(await again).toBe('two')
  })
})
