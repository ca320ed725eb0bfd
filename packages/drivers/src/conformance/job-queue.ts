/** What every job queue has to do. A driver's own test says how jobs are added and how time passes, and passes this suite. */
import { randomUUID } from 'node:crypto'
import { JobHopeless, type JobQueue, type QueueSettings } from '@vitrine/domain/ports/queue'
import { describe, expect, it, onTestFinished } from 'vitest'

export interface JobToAdd {
  readonly name: string
  readonly payload?: unknown
  readonly key?: string
  readonly group?: string
  readonly delaySeconds?: number
}

export interface QueueUnderTest {
  /** A queue for one server; all of one `make` share their jobs. */
  server(): JobQueue
  add(instance: string, jobs: readonly JobToAdd[]): Promise<void>
  /** Lets what is due run until the condition holds; fails when it never does. */
  until(condition: () => boolean): Promise<unknown>
  dead(): Promise<readonly { readonly instance: string; readonly payload: unknown; readonly failure: string }[]>
}

const SETTINGS: QueueSettings = { retries: 2, retrySeconds: 1, retrySecondsMost: 1, expireSeconds: 60, keepDoneSeconds: 60, concurrency: 4 }
export const QUEUES_UNDER_TEST: Readonly<Record<string, QueueSettings>> = {
  plain: SETTINGS,
  single: { ...SETTINGS, oneWaiting: true },
  hopeless: { ...SETTINGS, retries: 1 },
}

export function queueConformance(kind: string, make: () => Promise<QueueUnderTest>): void {
  const started = async (handlers: Parameters<JobQueue['start']>[0], test: QueueUnderTest): Promise<JobQueue> => {
    const queue = test.server()
    onTestFinished(() => queue.stop(1000))
    await queue.start(handlers)
    return queue
  }

  describe(`jobs in ${kind}`, () => {
    it('run with what they were told, each for its instance', async () => {
      const test = await make()
      const [one, other] = [randomUUID(), randomUUID()]
      const seen: unknown[] = []
      await test.add(one, [
        { name: 'plain', payload: { text: 'für "später" \u{1F5DD}', list: [1, null] } },
        { name: 'plain', payload: { n: 2 } },
      ])
      await test.add(other, [{ name: 'plain' }])
      await started({ plain: async ({ instance, payload, last }) => void seen.push([instance, payload, last]) }, test)
      await test.until(() => seen.length === 3)
      expect(seen).toEqual(
        expect.arrayContaining([
          [one, { text: 'für "später" \u{1F5DD}', list: [1, null] }, false],
          [one, { n: 2 }, false],
          [other, {}, false],
        ]),
      )
    })

    it('run once although several servers look for them', async () => {
      const test = await make()
      const instance = randomUUID()
      const seen: number[] = []
      const handler = { plain: async ({ payload }: { payload: unknown }) => void seen.push((payload as { n: number }).n) }
      await started(handler, test)
      await started(handler, test)
      await test.add(
        instance,
        Array.from({ length: 40 }, (_, n) => ({ name: 'plain', payload: { n } })),
      )
      await test.until(() => seen.length >= 40)
      expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n))
    })

    it('are run again when they fail, and say when it is the last time', async () => {
      const test = await make()
      const tries: boolean[] = []
      await test.add(randomUUID(), [{ name: 'plain' }])
      const handler = async ({ last }: { last: boolean }) => {
        tries.push(last)
        if (!last) throw new Error('not yet')
      }
      await started({ plain: handler }, test)
      await test.until(() => tries.length === 3)
      expect(tries).toEqual([false, false, true])
      expect(await test.dead()).toEqual([])
    })

    it('are laid aside with the failure when they never succeed, and hold up nobody', async () => {
      const test = await make()
      const [instance, other] = [randomUUID(), randomUUID()]
      const fine: unknown[] = []
      await test.add(instance, [{ name: 'hopeless', payload: { n: 1 } }])
      await test.add(other, [{ name: 'plain', payload: { n: 2 } }])
      await started(
        {
          hopeless: async () => {
            throw new Error('it is no use')
          },
          plain: async ({ payload }) => void fine.push(payload),
        },
        test,
      )
      let dead: Awaited<ReturnType<QueueUnderTest['dead']>> = []
      const look = async () => (dead = await test.dead())
      await test.until(() => (void look(), fine.length === 1 && dead.length === 1))
      expect(dead).toEqual([{ instance, payload: { n: 1 }, failure: expect.stringContaining('it is no use') }])
    })

    it('are laid aside at once when they say that they are hopeless', async () => {
      const test = await make()
      const instance = randomUUID()
      let runs = 0
      const giveUp = async () => {
        runs++
        throw new JobHopeless('nobody will ever take this')
      }
      await test.add(instance, [{ name: 'plain', payload: { n: 1 } }])
      await started({ plain: giveUp }, test)
      let dead: Awaited<ReturnType<QueueUnderTest['dead']>> = []
      const look = async () => (dead = await test.dead())
      await test.until(() => (void look(), dead.length === 1))
      expect([runs, dead]).toEqual([1, [{ instance, payload: { n: 1 }, failure: expect.stringContaining('nobody will ever take this') }]])
    })

    it('wait once for each key where the queue says so', async () => {
      const test = await make()
      const [one, other] = [randomUUID(), randomUUID()]
      await test.add(one, [
        { name: 'single', payload: { n: 1 } },
        { name: 'single', payload: { n: 2 } },
      ])
      await test.add(one, [
        { name: 'single', payload: { n: 3 } },
        { name: 'single', payload: { n: 4 }, key: 'another' },
      ])
      await test.add(other, [{ name: 'single', payload: { n: 5 } }])
      const seen: number[] = []
      const queue = await started({ single: async ({ payload }) => void seen.push((payload as { n: number }).n) }, test)
      await test.until(() => seen.length === 3)
      await queue.stop(1000)
      expect(seen.toSorted((a, b) => a - b)).toEqual([1, 4, 5])
    })

    it('can be added by a job to follow it, although it has the same key', async () => {
      const test = await make()
      const instance = randomUUID()
      let runs = 0
      const again = async () => {
        if (++runs < 3) await test.add(instance, [{ name: 'single' }])
      }
      await test.add(instance, [{ name: 'single' }])
      await started({ single: again }, test)
      await test.until(() => runs === 3)
      expect(await test.dead()).toEqual([])
    })

    it('that are under way are waited for at the end, and later ones are left to others', async () => {
      const test = await make()
      const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const done: unknown[] = []
      const underWay = async () => {
        begun.resolve()
        await go.promise
        done.push('under way')
      }
      const queue = await started({ plain: underWay }, test)
      await test.add(randomUUID(), [{ name: 'plain' }])
      const waiting = test.until(() => done.length >= 1)
      await begun.promise
      const stopped = queue.stop(30_000).then(() => done.push('stopped'))
      go.resolve()
      await Promise.all([stopped, waiting])
      await test.add(randomUUID(), [{ name: 'plain', payload: 'later' }])
      await started({ plain: async ({ payload }) => void done.push(payload) }, test)
      await test.until(() => done.length === 3)
      expect(done).toEqual(['under way', 'stopped', 'later'])
    })
  })
}
