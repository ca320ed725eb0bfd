import { describe, expect, it } from 'vitest'
import { queueConformance } from '../conformance/job-queue.ts'
import { QUEUES_UNDER_TEST } from '../conformance/queue-under-test.ts'
import { MemoryQueue } from './memory-queue.ts'

queueConformance('memory', async () => {
  const queue = new MemoryQueue(QUEUES_UNDER_TEST)
  return {
    many: 500,
    server: () => queue,
    add: async (instance, jobs) =>
      queue.add(
        instance,
        jobs.map((job) => ({ ...job, payload: job.payload ?? {} })),
      ),
    dead: async () => queue.dead,
    failed: (instance) => queue.failed(instance),
    async until(condition) {
      for (let step = 0; step < 100 && !condition(); step++) await queue.advance(1)
      if (!condition()) throw new Error('it never happened')
    },
  }
})

describe('time in memory', () => {
  it('brings delayed jobs when it has passed, and not before', async () => {
    const queue = new MemoryQueue(QUEUES_UNDER_TEST)
    const seen: unknown[] = []
    await queue.start({ plain: async ({ payload }) => void seen.push(payload) })
    queue.add('an instance', [
      { name: 'plain', payload: 'later', delaySeconds: 60 },
      { name: 'plain', payload: 'now' },
    ])
    await queue.advance()
    expect(seen).toEqual(['now'])
    await queue.advance(59)
    expect(seen).toEqual(['now'])
    await queue.advance(1)
    expect(seen).toEqual(['now', 'later'])
  })
})
