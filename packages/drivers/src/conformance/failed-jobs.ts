/** Jobs that were laid aside, as an instance sees and moves its own, for every job queue. */
import { randomUUID } from 'node:crypto'
import { DomainError } from '@vitrine/domain/errors'
import { JobHopeless, PRIORITY, type FailedJob, type Priority } from '@vitrine/domain/ports/queue'
import { describe, expect, it } from 'vitest'
import { several, started, type QueueUnderTest } from './queue-under-test.ts'

const ALL = { queue: null, limit: 100, offset: 0 }

export function failedConformance(kind: string, make: () => Promise<QueueUnderTest>): void {
  /** All jobs fail as long as `broken` says so, and then do what they should; at the end they have been laid aside. */
  async function failing(test: QueueUnderTest, instance: string, jobs: Parameters<QueueUnderTest['add']>[1]) {
    const state = { broken: true, seen: [] as unknown[] }
    const handler = async ({ payload, key }: { payload: unknown; key: string }) => {
      if (state.broken) throw new JobHopeless('the shelf is full')
      state.seen.push([payload, key])
    }
    await test.add(instance, jobs)
    await started({ plain: handler, single: handler, hopeless: handler, lone: handler }, test)
    await failedUntil(test, instance, jobs.length)
    return state
  }
  async function failedUntil(test: QueueUnderTest, instance: string, count: number): Promise<readonly FailedJob[]> {
    let found: Awaited<ReturnType<ReturnType<QueueUnderTest['failed']>['list']>> = { count: -1, jobs: [] }
    const look = async () => (found = await test.failed(instance).list(ALL))
    await test.until(() => (void look(), found.count === count))
    return found.jobs
  }

  describe(`jobs that were laid aside in ${kind}`, () => {
    it('say what they were, how often they were tried and why they failed', async () => {
      const test = await make()
      const instance = randomUUID()
      const state = { error: new DomainError('ResourceNotFound', { resource: 'the shelf' }) as unknown }
      const hopeless = async () => {
        throw state.error
      }
      await test.add(instance, [{ name: 'hopeless', payload: { n: 1 } }])
      await started({ hopeless }, test)
      const [job] = await failedUntil(test, instance, 1)
      expect(job).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: 'hopeless',
        payload: { n: 1 },
        createdAt: expect.any(Date),
        failedAt: expect.any(Date),
        attempts: 2,
        message: 'the shelf was not found.',
      })
      expect(job?.failedAt.getTime()).toBeGreaterThanOrEqual(job?.createdAt.getTime() ?? Infinity)
      state.error = new Error('password authentication failed for postgres://10.0.0.7')
      await test.add(instance, [{ name: 'hopeless', payload: { n: 2 } }])
      const [newest, older] = await failedUntil(test, instance, 2)
      expect(older).toEqual(job)
      expect(newest?.message).toMatch(/^something unforeseen happened; the log of the server tells of it as hopeless [0-9a-f-]{36}$/)
    })

    it('are listed newest first, page by page, and by queue', async () => {
      const test = await make()
      const instance = randomUUID()
      await failing(test, instance, [{ name: 'plain', payload: 1 }])
      await test.add(instance, [{ name: 'lone', payload: 2 }])
      await failedUntil(test, instance, 2)
      await test.add(instance, [{ name: 'plain', payload: 3 }])
      await failedUntil(test, instance, 3)
      const page = async (queue: string | null, limit: number, offset: number) => {
        const { count, jobs } = await test.failed(instance).list({ queue, limit, offset })
        return [count, jobs.map(({ payload }) => payload)]
      }
      expect(await page(null, 2, 0)).toEqual([3, [3, 2]])
      expect(await page(null, 2, 2)).toEqual([3, [1]])
      expect(await page('plain', 10, 0)).toEqual([2, [3, 1]])
      expect(await page('nonsense', 10, 0)).toEqual([0, []])
    })

    it('run again when they are put back, once however many ask at the same time', async () => {
      const test = await make()
      const instance = randomUUID()
      const state = await failing(test, instance, [{ name: 'plain', payload: { n: 1 }, key: 'k' }])
      const [job] = await failedUntil(test, instance, 1)
      state.broken = false
      const asked = await Promise.all(several(6, () => test.failed(instance).requeue(job?.id ?? '')))
      expect(asked.filter(Boolean)).toHaveLength(1)
      expect(await test.failed(instance).list(ALL)).toEqual({ count: 0, jobs: [] })
      await test.add(instance, [{ name: 'plain', payload: { n: 2 } }])
      await test.until(() => state.seen.length >= 2)
      expect(state.seen).toEqual(
        expect.arrayContaining([
          [{ n: 1 }, 'k'],
          [{ n: 2 }, ''],
        ]),
      )
      expect(state.seen).toHaveLength(2)
      expect(await test.failed(instance).requeue(job?.id ?? '')).toBe(false)
    })

    it('keep their priority and all their tries when they are put back', async () => {
      const test = await make()
      const instance = randomUUID()
      const priorities: Priority[] = [PRIORITY.background, PRIORITY.normal, PRIORITY.highest]
      let runs: unknown[] = []
      const lone = async ({ payload }: { payload: unknown }) => {
        runs.push(payload)
        throw new Error('no')
      }
      await test.add(
        instance,
        priorities.map((priority) => ({ name: 'lone', payload: priority, priority })),
      )
      const server = await started({ lone }, test)
      const jobs = await failedUntil(test, instance, 3)
      await server.stop(1000)
      runs = []
      for (const { id } of jobs) await test.failed(instance).requeue(id)
      await started({ lone }, test)
      expect(await failedUntil(test, instance, 3)).toMatchObject(several(3, () => ({ attempts: 3 })))
      expect(runs.slice(0, 3)).toEqual(priorities.toReversed())
      expect(runs).toHaveLength(9)
    })

    it('are covered by one that waits where only one may wait', async () => {
      const test = await make()
      const instance = randomUUID()
      const state = await failing(test, instance, [{ name: 'single', payload: { n: 1 } }])
      const [job] = await failedUntil(test, instance, 1)
      await test.add(instance, [{ name: 'single', payload: { n: 2 }, delaySeconds: 2 }])
      state.broken = false
      expect(await test.failed(instance).requeue(job?.id ?? '')).toBe(true)
      await test.until(() => state.seen.length >= 1)
      expect([state.seen, (await test.failed(instance).list(ALL)).count]).toEqual([[[{ n: 2 }, '']], 0])
    })

    it('are gone when they are removed', async () => {
      const test = await make()
      const instance = randomUUID()
      await failing(test, instance, [{ name: 'plain' }])
      const [job] = await failedUntil(test, instance, 1)
      const asked = await Promise.all(several(4, () => test.failed(instance).remove(job?.id ?? '')))
      expect(asked.filter(Boolean)).toHaveLength(1)
      expect(await test.failed(instance).list(ALL)).toEqual({ count: 0, jobs: [] })
    })

    it('are out of reach for other instances', async () => {
      const test = await make()
      const instance = randomUUID()
      await failing(test, instance, [{ name: 'plain' }])
      const [job] = await failedUntil(test, instance, 1)
      const other = test.failed(randomUUID())
      const id = job?.id ?? ''
      expect([await other.list(ALL), await other.requeue(id), await other.remove(id)]).toEqual([{ count: 0, jobs: [] }, false, false])
      expect((await test.failed(instance).list(ALL)).count).toBe(1)
    })
  })
}
