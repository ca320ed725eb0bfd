import { expect, it } from 'vitest'
import { atOnce } from './at-once.ts'

it('as many as are allowed run at a time, and results stand where their items stood', async () => {
  let running = 0
  let most = 0
  const results = await atOnce([5, 4, 3, 2, 1], 2, async (n) => {
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    running--
    return n * 10
  })
  expect([results, most]).toEqual([[50, 40, 30, 20, 10], 2])
  expect(await atOnce([], 2, async () => 1)).toEqual([])
})

it('nothing is begun after a failure, and what had begun is waited for', async () => {
  const begun: number[] = []
  let ended = 0
  const work = atOnce([1, 2, 3, 4], 2, async (n) => {
    begun.push(n)
    if (n === 1) throw new Error('the first')
    await new Promise(setImmediate)
    ended++
  })
  await expect(work).rejects.toThrow('the first')
  expect([begun, ended]).toEqual([[1, 2], 1])
})
