/** The server on a PostgreSQL of its own choosing, named by a URL. */
import { afterEach, describe, expect, it } from 'vitest'
import { emptyDatabase } from '../src/empty-database.ts'
import { dataFolder, ServerProcess } from '../src/server-process.ts'
import { adminFetch, instanceFetch } from '../src/judged.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

async function start(url: string): Promise<ServerProcess> {
  const { dir, remove } = await dataFolder()
  cleanups.push(remove)
  const server = ServerProcess.spawn(dir, { VITRINE_DATABASE_URL: url, VITRINE_ENCRYPTION_KEY: 'k'.repeat(40) })
  cleanups.push(() => server.stop())
  await server.ready()
  return server
}

describe('the server with VITRINE_DATABASE_URL', () => {
  it('migrates once when two servers start together, and both serve the same instance', async () => {
    const { url, remove } = await emptyDatabase()
    cleanups.push(remove)
    const servers = await Promise.all([start(url), start(url)])
    const sessions = await Promise.all(servers.map((s) => s.signIn()))
    // A token from one server is good on the other: they share everything.
    for (const server of servers)
      for (const token of sessions)
        expect((await instanceFetch(`${server.url}/api/v1/user`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
    const headers = { authorization: `Basic ${btoa(':operators-only')}` }
    expect(await (await adminFetch(`${servers[1].adminUrl}/instances/count`, { headers })).json()).toEqual({ count: 1 })
  })

  it('refuses to start with a clear sentence when the database cannot be reached', async () => {
    const { dir, remove } = await dataFolder()
    cleanups.push(remove)
    const server = ServerProcess.spawn(dir, { VITRINE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
    expect((await server.exited).code).toBe(1)
    expect(server.output.join('')).toMatch(/database/i)
  })
})
