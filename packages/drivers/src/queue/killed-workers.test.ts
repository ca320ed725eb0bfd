/** Servers that are killed while they work, and others that go on with what they have left behind. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { QUEUES_UNDER_TEST } from '../conformance/queue-under-test.ts'
import { enqueueJobs } from '../postgres/jobs.ts'
import { testDatabase, type TestDatabase } from '../postgres/test-database.ts'
import { installQueue, PgBossQueue } from './index.ts'

let db: TestDatabase
const options = () => ({ connection: db.url, queues: QUEUES_UNDER_TEST, log: () => undefined, pollSeconds: 0.5, watchSeconds: 1 })
beforeAll(async () => {
  db = await testDatabase()
  await installQueue(options())
  await db.database.control`create table job_done (n int not null)`
})
afterAll(() => db.close())

const until = (condition: () => boolean | Promise<boolean>) => vi.waitUntil(condition, { timeout: 90_000, interval: 50 })
const done = async () => (await db.database.control<{ n: number }[]>`select n from job_done order by n`).map(({ n }) => n)

/** The process, and the numbers of the jobs it has begun. */
function server(): { child: ChildProcess; begun: Set<number>; exited: Promise<unknown> } {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'testing/worker.ts'), db.url], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const begun = new Set<number>()
  createInterface({ input: child.stdout }).on('line', (line) => begun.add(Number(line)))
  return { child, begun, exited }
}

it('leaves no job undone when servers are killed in the middle of it, and nothing twice that was done', async () => {
  const numbers = Array.from({ length: 60 }, (_, n) => n)
  const jobs = numbers.map((n) => ({ name: 'plain', payload: { n } }))
  await db.database.tenant(randomUUID()).write((sql) => enqueueJobs(sql, jobs as never))
  const [first, second] = [server(), server()]
  const begunBy = QUEUES_UNDER_TEST['plain']?.concurrency ?? 0
  await until(() => first.begun.size + second.begun.size === 2 * begunBy)
  // One dies before it has done anything, the other somewhere on the way.
  first.child.kill('SIGKILL')
  second.child.stdin?.write('40\n')
  await until(async () => (await done()).length >= 20)
  second.child.kill('SIGKILL')
  await Promise.all([first.exited, second.exited])
  const byTheKilled = await done()
  const others = new PgBossQueue(options())
  onTestFinished(() => others.stop(1000))
  await others.start({
    plain: async ({ payload }) => void (await db.database.control`insert into job_done (n) values (${(payload as { n: number }).n})`),
  })
  await until(async () => new Set(await done()).size === 60)
  // Only what the second one had under way when it died can be done again.
  const again = (await done()).filter((n, i, all) => all[i - 1] === n)
  expect(again.length).toBeLessThanOrEqual(begunBy)
  for (const n of again) expect(byTheKilled).toContain(n)
})
