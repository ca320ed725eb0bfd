/**
 * Files that were acknowledged are there, with their bytes, and nothing else is: when the server is killed at any moment, in every
 * kind of place. VITRINE_RELIABILITY=long brings more files to each, and kills more often; VITRINE_RELIABILITY_SEED repeats a run.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { emptyDatabase } from '../src/empty-database.ts'
import { contentServer } from '../src/file-contents.ts'
import { FileLoad } from '../src/file-load.ts'
import { filePlace, type Driver, type FilePlace } from '../src/file-places.ts'
import { numbers } from '../src/record-load.ts'
import { dataFolder, postmasterPid, ServerProcess } from '../src/server-process.ts'

const isLong = process.env['VITRINE_RELIABILITY'] === 'long'
/** On the embedded database, or in the run on another PostgreSQL on that one. */
const isElsewhere = process.env['VITRINE_TEST_POSTGRES_BIN'] !== undefined
const FILES = isLong ? 200 : 40
const killsOf = (driver: Driver) => (isLong ? 20 : driver === 'file' ? 3 : 1)
/** Which database it is makes no difference to a store. */
const DRIVERS: readonly Driver[] = isElsewhere && !isLong ? ['file'] : ['file', 's3', 'azure', 'swift']
/** Long enough for a machine that is busy, short enough to be waited for. */
const GRACE_MS = 5000
/** A job of a server that died is begun anew when its silence has been noticed, and after a pause. */
const PATIENCE_MS = 240_000
const AT_ONCE = 8
const seed = Number(process.env['VITRINE_RELIABILITY_SEED'] ?? 7)
console.log(`files under kills: seed ${seed}, ${FILES} files`)

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

interface Setup {
  readonly dir: string
  readonly place: FilePlace
  readonly load: FileLoad
  readonly server: ServerProcess
  restarted(): Promise<ServerProcess>
}

async function setup(driver: Driver, settings: Readonly<Record<string, string>> = {}): Promise<Setup | null> {
  const { dir, remove } = await dataFolder()
  cleanups.push(remove)
  const place = await filePlace(driver, dir)
  if (!place) return null
  const origin = await contentServer()
  cleanups.push(() => place.close(), origin.close)
  const database = isElsewhere ? await emptyDatabase() : null
  if (database) cleanups.push(database.remove)
  const restarted = async () => {
    const server = ServerProcess.spawn(dir, {
      VITRINE_OPEN_HOSTS: [origin.place, ...place.openHosts].join(','),
      ...settings,
      ...(database && { VITRINE_DATABASE_URL: database.url, VITRINE_ENCRYPTION_KEY: 'k'.repeat(40) }),
    })
    cleanups.push(() => server.stop())
    await server.ready()
    return server
  }
  const server = await restarted()
  const load = new FileLoad(server, origin)
  await load.use(server)
  await place.use(server, load.token)
  return { dir, place, load, server, restarted }
}

/** Everything that is wrong with what has been brought; nothing when all is well. */
async function faults({ load, place }: Setup): Promise<string[]> {
  const isSettled = async () => (await load.files()).every(({ status }) => status !== 'pending')
  await vi.waitUntil(isSettled, { timeout: PATIENCE_MS, interval: 500 })
  const files = await load.files()
  const byId = new Map(files.map((file) => [file._id, file]))
  const found: string[] = []
  for (const { id, sha256 } of load.acknowledged)
    if (byId.get(id)?.hash !== sha256) found.push(`file ${id} is ${byId.get(id)?.hash} (${byId.get(id)?.status}), and ${sha256} was acknowledged`)
  const known = new Set([...load.acknowledged.map(({ sha256 }) => sha256), ...load.open])
  for (const { _id, hash } of files) if (!known.has(hash)) found.push(`nobody brought file ${_id}, ${hash}`)
  const waiting = files.values()
  const reader = async () => {
    for (const file of waiting) {
      const bytes = await load.download(file)
      if (bytes !== file.hash) found.push(`file ${file._id} is ${file.hash}, and its download ${bytes}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, reader))
  // What died with a server is cleared away when the grace of the journal is over.
  const rows = files.map(({ hash }) => hash).toSorted()
  const isClear = async () => (await place.objects()).join() === rows.join() && (await place.leftovers()).length === 0
  await vi.waitUntil(isClear, { timeout: PATIENCE_MS, interval: 500 }).catch(() => undefined)
  expect({ objects: await place.objects(), leftovers: await place.leftovers() }).toEqual({ objects: rows, leftovers: [] })
  return found
}

describe.each(DRIVERS)('files in a place of the kind %s', (driver) => {
  const kills = killsOf(driver)
  it('survive a server that is killed while they come', { timeout: kills * 60_000 + 3 * PATIENCE_MS }, async (context) => {
    const at = await setup(driver, { VITRINE_UPLOAD_GRACE_MS: String(GRACE_MS) })
    if (!at) return context.skip('its server cannot be started here')
    const { dir, load, restarted } = at
    const random = numbers(seed)
    let { server } = at
    for (let kill = 1; kill <= kills; kill++) {
      let goesOn = true
      const clients = load.run(seed + kill, () => goesOn)
      const wanted = Math.max(load.acknowledged.length + 1, Math.floor((FILES * (kill - 1)) / kills) + random(FILES / kills))
      while (load.acknowledged.length < wanted)
        await Promise.race([pause(5), clients.then(() => Promise.reject(new Error('all clients have stopped')))])
      await pause(random(80))
      if (kill % 3 === 0 && !isElsewhere) process.kill(await postmasterPid(dir), 'SIGKILL')
      await server.kill('SIGKILL')
      goesOn = false
      await clients
      server = await restarted()
      await load.use(server)
    }
    await load.run(seed, () => load.acknowledged.length < FILES)
    console.log(driver, Object.fromEntries(load.counts), `${load.open.size} without an answer`)
    expect(await faults(at)).toEqual([])
  })
  it('are not left behind by clients that go away in the middle', { timeout: PATIENCE_MS }, async (context) => {
    const at = await setup(driver)
    if (!at) return context.skip('its server cannot be started here')
    const { load, place } = at
    await load.leave(20)
    await vi.waitUntil(async () => [...(await place.objects()), ...(await place.leftovers())].length === 0, { timeout: 60_000, interval: 200 })
    expect((await load.files()).map(({ hash }) => load.refused.has(hash))).toEqual([false])
  })
})
