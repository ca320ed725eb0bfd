import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf, bytesOf, troubleOf } from '../conformance/blob-store-bodies.ts'
import { inParallel, partSizes, partsOf, wholeOrParts, type PartLimits } from './parts.ts'

const LIMITS: PartLimits = { partBytes: 10, maxPartBytes: 40, maxParts: 20, parallel: 2 }

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('the parts of a body', () => {
  it('are as large as they should be but for the last, and together the body, however it comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(300), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 30 }), async (length, chunkBytes, partBytes) => {
        const parts = await all(partsOf(bodyOf(bytesOf(length), chunkBytes), () => partBytes))
        expect(Buffer.concat(parts)).toEqual(bytesOf(length))
        const [last, ...others] = parts.map((part) => part.length).toReversed()
        expect(others.filter((size) => size !== partBytes)).toEqual([])
        expect(last ?? partBytes).toBeLessThanOrEqual(partBytes)
      }),
    )
  })

  it('are one piece when the body is not larger', async () => {
    const whole = async (length: number) => wholeOrParts(partsOf(bodyOf(bytesOf(length)), () => 10))
    expect(await whole(0)).toEqual(Buffer.alloc(0))
    expect(await whole(10)).toEqual(bytesOf(10))
    const two = await whole(11)
    expect(Buffer.isBuffer(two) || (await all(two)).map((part) => part.length)).toEqual([10, 1])
  })

  it('are made so that a body of known size fits', async () => {
    expect(partSizes(LIMITS, 200)(0)).toBe(10)
    expect(partSizes(LIMITS, 201)(0)).toBe(11)
    expect(partSizes(LIMITS, 800)(19)).toBe(40)
    expect(await troubleOf((async () => partSizes(LIMITS, 801))())).toBe('full')
  })

  it('grow when the size is not known, and are not too many', async () => {
    const sizeOf = partSizes(LIMITS, undefined)
    expect(Array.from({ length: 8 }, (_, index) => sizeOf(index))).toEqual([10, 10, 20, 20, 40, 40, 40, 40])
    const most = 2 * 10 + 2 * 20 + 16 * 40
    expect(await all(partsOf(bodyOf(bytesOf(most)), sizeOf))).toHaveLength(20)
    expect(await troubleOf(all(partsOf(bodyOf(bytesOf(most + 1)), sizeOf)))).toBe('full')
  })
})

describe('working on several at a time', () => {
  it('takes all in their order, and never more at a time than it may', async () => {
    let [running, most] = [0, 0]
    const seen: number[] = []
    await inParallel([0, 1, 2, 3, 4, 5, 6], 3, async (item, index) => {
      most = Math.max(most, ++running)
      seen.push(item)
      expect(item).toBe(index)
      await new Promise(setImmediate)
      running--
    })
    expect([seen, most]).toEqual([[0, 1, 2, 3, 4, 5, 6], 3])
  })

  it('ends with the first failure, when what is being done has ended, and takes no more', async () => {
    const seen: string[] = []
    const work = inParallel(['slow', 'bad', 'never'], 2, async (item, _, signal) => {
      seen.push(item)
      if (item === 'bad') throw new Error('the first')
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      seen.push('told')
      throw new Error('the second')
    })
    await expect(work).rejects.toThrow('the first')
    expect(seen).toEqual(['slow', 'bad', 'told'])
  })

  it('ends with a failure although nothing more comes', async () => {
    async function* items() {
      yield 1
      await new Promise(() => undefined)
    }
    await expect(inParallel(items(), 2, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  })

  it('ends with the failure of what it takes from', async () => {
    async function* items() {
      yield 1
      throw new Error('the source')
    }
    await expect(inParallel(items(), 2, async () => undefined)).rejects.toThrow('the source')
  })
})
