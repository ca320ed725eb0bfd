/** What every job queue has to do. A driver's own test says how jobs are added and how time passes, and passes this suite. */
import { randomUUID } from 'node:crypto'
import { JobHopeless } from '@vitrine/domain/ports/queue'
import { describe, expect, it } from 'vitest'
import { failedConformance } from './failed-jobs.ts'
import { orderConformance } from './job-order.ts'
import { several, started, type QueueUnderTest } from './queue-under-test.ts'

export function queueConformance(kind: string, make: () => Promise<QueueUnderTest>): void {
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

    it('run once each while servers come and go', async () => {
      const test = await make()
      const seen: number[] = []
      const handler = { plain: async ({ payload }: { payload: unknown }) => void seen.push((payload as { n: number }).n) }
      const first = await started(handler, test)
      await started(handler, test)
      const more = (from: number) =>
        test.add(
          randomUUID(),
          several(30, (n) => ({ name: 'plain', payload: { n: from + n } })),
        )
      await more(0)
      await test.until(() => seen.length >= 5)
      await first.stop(30_000)
      await more(30)
      await started(handler, test)
      await test.until(() => seen.length >= 60)
      expect(seen.toSorted((a, b) => a - b)).toEqual(several(60, (n) => n))
    })

    it('are told the key that they were added with', async () => {
      const test = await make()
      const seen: string[] = []
      await test.add(randomUUID(), [{ name: 'plain', key: 'from one:to another' }, { name: 'plain' }])
      await started({ plain: async ({ key }) => void seen.push(key) }, test)
      await test.until(() => seen.length === 2)
      expect(seen.toSorted()).toEqual(['', 'from one:to another'])
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

  orderConformance(kind, make)
  failedConformance(kind, make)
}
