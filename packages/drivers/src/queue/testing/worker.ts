/**
 * A server that works on jobs, as a process of its own that can be killed. Takes the address of the database. It says the number of
 * each job that it begins. A number on its standard input tells it to do the jobs below that number; the others it never ends. What is
 * done is a row of the table `job_done`.
 */
import { createInterface } from 'node:readline'
import { QUEUES_UNDER_TEST } from '../../conformance/queue-under-test.ts'
import { connectTo } from '../../postgres/connect.ts'
import { PgBossQueue } from '../index.ts'

const connection = process.argv[2] ?? ''
const sql = connectTo(connection, { max: 1 })
const queue = new PgBossQueue({ connection, queues: QUEUES_UNDER_TEST, log: (failure) => console.error(failure), pollSeconds: 0.5 })
const told = Promise.withResolvers<number>()
createInterface({ input: process.stdin }).once('line', (line) => told.resolve(Number(line)))
await queue.start({
  plain: async ({ payload }) => {
    const { n } = payload as { n: number }
    console.log(n)
    if (n >= (await told.promise)) await new Promise(() => undefined)
    await sql`insert into job_done (n) values (${n})`
  },
})
