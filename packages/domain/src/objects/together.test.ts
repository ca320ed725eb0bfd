import { expect, it } from 'vitest'
import { together } from './together.ts'

it('answers in the order of the steps', async () => {
  expect(await together([Promise.resolve(1), 'two', Promise.resolve(3)])).toEqual([1, 'two', 3])
})

it('fails with the earliest failure, after all steps have ended', async () => {
  let ended = false
  const slow = (async () => {
    await new Promise((resolve) => setImmediate(resolve))
    ended = true
    throw new Error('later')
  })()
  await expect(together([slow, Promise.reject(new Error('first'))])).rejects.toThrow('first')
  expect(ended).toBe(true)
})
