/**
 * Which job comes first, for every job queue. All in a queue of which each server runs one job at a time, so that there is an
 * order to be seen.
 */
import { randomUUID } from 'node:crypto'
import { PRIORITY } from '@vitrine/domain/ports/queue'
import { describe, expect, it } from 'vitest'
import { several, started, type QueueUnderTest } from './queue-under-test.ts'

export function orderConformance(kind: string, make: () => Promise<QueueUnderTest>): void {
  describe(`the order of jobs in ${kind}`, () => {
    it('is that of their priorities, and that of adding among equals', async () => {
      const test = await make()
      const instance = randomUUID()
      const priorities = [PRIORITY.normal, PRIORITY.background, PRIORITY.highest, PRIORITY.interactive, PRIORITY.normal]
      const seen: unknown[] = []
      for (const round of [1, 2]) {
        const jobs = priorities.map((priority, n) => ({ name: 'lone', priority, payload: { priority, n: round * 10 + n } }))
        await test.add(instance, [...jobs, { name: 'lone', payload: { priority: 0, n: round * 10 + 9 } }])
      }
      await started({ lone: async ({ payload }) => void seen.push(payload) }, test)
      await test.until(() => seen.length === 12)
      const numbers = (of: number) =>
        seen.flatMap((payload) => ((payload as { priority: number }).priority === of ? (payload as { n: number }).n : []))
      expect(seen.map((payload) => (payload as { priority: number }).priority)).toEqual([4, 4, 2, 2, 0, 0, 0, 0, 0, 0, -2, -2])
      expect([4, 2, 0, -2].map(numbers)).toEqual([
        [12, 22],
        [13, 23],
        [10, 14, 19, 20, 24, 29],
        [11, 21],
      ])
    })

    it('lets the single job of one instance pass thousands of another, on two servers', async () => {
      const test = await make()
      const [greedy, modest] = [randomUUID(), randomUUID()]
      const seen: string[] = []
      let added = 0
      const lone = async ({ instance }: { instance: string }) => {
        seen.push(instance)
        if (seen.length !== 20) return
        await test.add(modest, [{ name: 'lone' }])
        added = seen.length
      }
      await test.add(
        greedy,
        several(test.many, () => ({ name: 'lone' })),
      )
      const servers = [await started({ lone }, test), await started({ lone }, test)]
      await test.until(() => seen.includes(modest))
      await Promise.all(servers.map((server) => server.stop(1000)))
      // At most the one that the other server has taken meanwhile, and the one whose turn it is.
      expect(seen.indexOf(modest) - added).toBeLessThanOrEqual(3)
    })

    it('gives turns to all instances that have jobs, however many each has', async () => {
      const test = await make()
      const instances = several(4, () => randomUUID())
      for (const [n, instance] of instances.entries())
        await test.add(
          instance,
          several(100 - n * 20, () => ({ name: 'lone' })),
        )
      const seen: string[] = []
      const server = await started({ lone: async ({ instance }) => void seen.push(instance) }, test)
      await test.until(() => seen.length >= 40)
      await server.stop(1000)
      for (let from = 0; from < 40; from += 4) expect(new Set(seen.slice(from, from + 4))).toEqual(new Set(instances))
    })

    it('does not prefer who comes later to who is nearly through', async () => {
      const test = await make()
      const [early, late] = [randomUUID(), randomUUID()]
      const seen: string[] = []
      const lone = async ({ instance }: { instance: string }) => {
        seen.push(instance)
        if (seen.length !== 100) return
        await test.add(
          late,
          several(100, () => ({ name: 'lone' })),
        )
      }
      await test.add(
        early,
        several(120, () => ({ name: 'lone' })),
      )
      const server = await started({ lone }, test)
      await test.until(() => seen.length >= 140)
      await server.stop(1000)
      expect(seen.slice(100, 140).filter((instance) => instance === early)).toHaveLength(20)
    })
  })
}
