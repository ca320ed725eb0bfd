import { describe, expect, it } from 'vitest'
import type { FailedJob } from '../ports/queue.ts'
import { FailedJobs } from './failed-jobs.ts'

const shown = async (name: string, payload: unknown) => {
  const job: FailedJob = { id: 'a', name, payload, createdAt: new Date(0), failedAt: new Date(1), attempts: 3, message: 'no' }
  const store = { list: async () => ({ count: 1, jobs: [job] }), requeue: async () => false, remove: async () => false }
  const { objects } = await new FailedJobs(store).list({ queue: null, limit: 1, offset: 0 })
  return objects[0]?.payload
}

describe('what is shown of a failed job', () => {
  it('is what it is about, and nothing that could be secret', async () => {
    const mail = { id: 'm1', to: ['mia@museum.test', 'ben@museum.test'], subject: 'Your code is 123456', text: 'Open https://x.test/?token=abc' }
    expect(await shown('mail-send', { mail })).toEqual({ 'mail.id': 'm1', 'mail.to': 'mia@museum.test, ben@museum.test' })
    expect(await shown('webhook-deliver', { delivery: 'd', attempt: 2, secret: 'x' })).toEqual({ delivery: 'd', attempt: '2' })
  })

  it('is short', async () => {
    const { lists } = (await shown('collections-check', { lists: Array.from({ length: 5000 }, (_, n) => n) })) as { lists: string }
    expect(lists).toMatch(/^0, 1, 2, .*…$/)
    expect(lists).toHaveLength(200)
  })

  it.each([undefined, null, 7, 'text', [], { mail: null }, { mail: { id: { deep: 1 }, to: [{}] } }])(
    'is nothing where the payload is of another shape: %j',
    async (payload) => {
      expect(await shown('mail-send', payload)).toEqual({})
      expect(await shown('no-longer-known', payload)).toEqual({})
      expect(await shown('constructor', payload)).toEqual({})
    },
  )
})
