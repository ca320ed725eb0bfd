/**
 * A process that uses an embedded database, for tests that need several of them or kill one. Takes the options as JSON, says
 * in JSON lines what happened, and leaves on SIGTERM. On SIGINT it first uses the database once more, as a server that drains
 * does.
 */
import postgres from 'postgres'
import { startEmbeddedPostgres, type EmbeddedOptions } from '../index.ts'

const say = (event: string, details: object = {}) => console.log(JSON.stringify({ event, ...details }))
const options = JSON.parse(process.argv[2] ?? '{}') as Omit<EmbeddedOptions, 'log'>

// Tests that kill this process while it starts need to know that it does.
say('starting')
const server = await startEmbeddedPostgres({ ...options, log: () => undefined })
const { connection, notes, adopted, dataDir, pid, superuserUrl } = server

const leave = async () => {
  await server.stop()
  say('left')
  process.exit(0)
}
process.once('SIGTERM', () => void leave())
process.once('SIGINT', () => {
  const sql = postgres({ ...connection, max: 1 })
  void sql`select pg_sleep(0.2)`
    .then(() => say('drained'))
    .then(() => sql.end())
    .then(leave)
})
// Without this nothing keeps the process: the database is a process of its own.
setInterval(() => undefined, 1 << 30)
say('ready', { connection, notes, adopted, dataDir, pid, superuserUrl })
