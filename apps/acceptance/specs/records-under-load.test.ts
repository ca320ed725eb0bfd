/**
 * What is acknowledged is kept, and histories have no gap: under many clients at once, and when the server is killed under
 * them again and again. VITRINE_RELIABILITY=long takes longer and kills more often; VITRINE_RELIABILITY_SEED repeats a run.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { emptyDatabase } from '../src/empty-database.ts'
import { numbers, RecordLoad } from '../src/record-load.ts'
import { dataFolder, postmasterPid, ServerProcess } from '../src/server-process.ts'

const isLong = process.env['VITRINE_RELIABILITY'] === 'long'
const BUDGET_MS = isLong ? 60_000 : 15_000
const MOST_WRITES = isLong ? 50_000 : 8000
const KILLS = isLong ? 20 : 5
const seed = Number(process.env['VITRINE_RELIABILITY_SEED'] ?? 5)
console.log(`records under load: seed ${seed}, ${BUDGET_MS / 1000} s, ${KILLS} kills`)

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})
/** On the embedded database, or in the run on another PostgreSQL on that one. */
const isElsewhere = process.env['VITRINE_TEST_POSTGRES_BIN'] !== undefined

interface Place {
  readonly dir: string
  readonly env: Record<string, string>
}
async function place(): Promise<Place> {
  const { dir, remove } = await dataFolder()
  cleanups.push(remove)
  if (!isElsewhere) return { dir, env: {} }
  const database = await emptyDatabase()
  cleanups.push(database.remove)
  return { dir, env: { VITRINE_DATABASE_URL: database.url, VITRINE_ENCRYPTION_KEY: 'k'.repeat(40) } }
}
async function started({ dir, env }: Place): Promise<ServerProcess> {
  const server = ServerProcess.spawn(dir, env)
  cleanups.push(() => server.stop())
  await server.ready()
  return server
}

/** Everything that is wrong with the histories; nothing when all is well. */
async function faults(load: RecordLoad): Promise<string[]> {
  const histories = await load.histories()
  const found: string[] = []
  const known = new Set([...load.acknowledged, ...load.open].map(({ word }) => word))
  for (const [id, { versions }] of histories) {
    const chain = versions.map(({ version }) => version)
    if (chain.some((version, i) => version !== i + 1)) found.push(`record ${id} has the versions ${chain.join(' ')}`)
    for (const { version, comment } of versions) if (!known.has(comment ?? '')) found.push(`record ${id} version ${version}: nobody wrote ${comment}`)
  }
  for (const { id, version, operation, word } of load.acknowledged) {
    const history = histories.get(id)
    const stored = history?.versions[version - 1]
    if (stored?.comment !== word) found.push(`record ${id} version ${version} is ${stored?.comment}, and ${word} was acknowledged`)
    if (/^(INSERT|UPDATE)$/.test(operation) && history?.titles.get(version) !== word)
      found.push(`record ${id} version ${version} lacks what ${word} wrote`)
  }
  return found
}
const refusedButThere = async (load: RecordLoad) => {
  const refused = new Set(load.refused.map(({ word }) => word))
  return [...(await load.histories()).values()].flatMap(({ versions }) => versions.filter(({ comment }) => refused.has(comment ?? '')))
}

describe('records under load', () => {
  it('keep every write that was acknowledged, none that was refused, and a history without a gap', { timeout: BUDGET_MS + 180_000 }, async () => {
    const load = new RecordLoad(await started(await place()))
    await load.prepare()
    const end = Date.now() + BUDGET_MS
    await load.run(seed, () => Date.now() < end && load.acknowledged.length < MOST_WRITES)
    console.log(Object.fromEntries(load.codes))
    expect(load.open).toEqual([])
    for (const code of ['200', 'VersionMismatch']) expect(load.codes.get(code), code).toBeGreaterThan(10)
    expect(await faults(load)).toEqual([])
    expect(await refusedButThere(load)).toEqual([])
  })

  it('survive a server that is killed under them, and now and then its database too', { timeout: KILLS * 60_000 + 120_000 }, async () => {
    const at = await place()
    const random = numbers(seed)
    let server = await started(at)
    const load = new RecordLoad(server)
    await load.prepare()
    for (let kill = 1; kill <= KILLS; kill++) {
      let goesOn = true
      const before = load.acknowledged.length
      const clients = load.run(seed + kill, () => goesOn)
      const wanted = before + 1 + random(30)
      while (load.acknowledged.length < wanted)
        await Promise.race([pause(5), clients.then(() => Promise.reject(new Error('all clients have stopped')))])
      await pause(random(50))
      if (kill % 3 === 0 && !isElsewhere) process.kill(await postmasterPid(at.dir), 'SIGKILL')
      await server.kill('SIGKILL')
      goesOn = false
      await clients
      server = await started(at)
      await load.use(server)
    }
    console.log(Object.fromEntries(load.codes), `${load.open.length} without an answer`)
    expect(await faults(load)).toEqual([])
    expect(await refusedButThere(load)).toEqual([])
  })
})
