/** The server as a process: starting, stopping, dying and starting again on the embedded database. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { dataFolder, isRunning, postmasterPid, ServerProcess } from '../src/server-process.ts'
import { adminFetch, instanceFetch } from '../src/judged.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

async function folder(): Promise<string> {
  const { dir, remove } = await dataFolder()
  cleanups.push(remove)
  return dir
}
async function started(dir: string, env: Record<string, string> = {}): Promise<ServerProcess> {
  const server = ServerProcess.spawn(dir, env)
  cleanups.push(() => server.stop())
  await server.ready()
  return server
}

/** Leaves a mark in the database that has to be there afterwards. */
async function addGroup(server: ServerProcess, reference: string): Promise<void> {
  const headers = { authorization: `Bearer ${await server.signIn()}`, 'content-type': 'application/json' }
  const body = JSON.stringify([{ _basetype: 'group', group: { reference, displayname: { 'en-US': reference } } }])
  const response = await instanceFetch(`${server.url}/api/v1/group`, { method: 'POST', headers, body })
  expect(response.status, await response.clone().text()).toBe(200)
}
async function groupReferences(server: ServerProcess): Promise<(string | undefined)[]> {
  const response = await instanceFetch(`${server.url}/api/v1/group`, { headers: { authorization: `Bearer ${await server.signIn()}` } })
  return ((await response.json()) as { group: { reference?: string } }[]).map((g) => g.group.reference)
}
describe('the server on its embedded default', () => {
  it('starts without any setting, answers on both planes and stops in order', async () => {
    const dir = await folder()
    const server = await started(dir)
    expect((await instanceFetch(`${server.url}/readyz`)).status).toBe(200)
    expect((await instanceFetch(`${server.url}/healthz`)).status).toBe(200)
    expect((await adminFetch(`${server.adminUrl}/instances/count`)).status).toBe(401)
    const headers = { authorization: `Basic ${btoa(':operators-only')}` }
    expect(await (await adminFetch(`${server.adminUrl}/instances/count`, { headers })).json()).toEqual({ count: 1 })
    const postmaster = await postmasterPid(dir)
    expect(await server.stop()).toBe(0)
    expect(isRunning(postmaster)).toBe(false)
  })

  it('makes secrets that only their owner can read, and keeps them', async () => {
    const dir = await folder()
    const server = await started(dir, { VITRINE_ROOT_PASSWORD: '', VITRINE_ADMIN_PASSPHRASE: '' })
    for (const name of ['root-password', 'admin-passphrase', 'encryption-key']) expect((await stat(path.join(dir, name))).mode & 0o777).toBe(0o600)
    expect(server.output.join('')).toContain('root')
  })

  it('keeps what was acknowledged when the server is killed, when the database is killed, and when both are', async () => {
    const dir = await folder()
    let server = await started(dir)
    await addGroup(server, 'before-server-kill')
    await server.kill('SIGKILL')
    server = await started(dir)
    await addGroup(server, 'before-database-kill')
    process.kill(await postmasterPid(dir), 'SIGKILL')
    await server.kill('SIGKILL')
    server = await started(dir)
    expect(await groupReferences(server)).toEqual(expect.arrayContaining(['before-server-kill', 'before-database-kill']))
    // The dead count for nothing: the last server that lives stops the database.
    const postmaster = await postmasterPid(dir)
    expect(await server.stop()).toBe(0)
    expect(isRunning(postmaster)).toBe(false)
  })

  it('shares a folder between two servers without harm: the first may leave and the second goes on', async () => {
    const dir = await folder()
    const [first, second] = await Promise.all([started(dir), started(dir)])
    await addGroup(first, 'from-the-first')
    expect(await groupReferences(second)).toContain('from-the-first')
    expect(await first.stop()).toBe(0)
    await addGroup(second, 'after-the-first')
    expect(await groupReferences(second)).toContain('after-the-first')
  })

  it('lets a running request finish when asked to stop', async () => {
    const dir = await folder()
    const server = await started(dir)
    const signIns = Array.from({ length: 4 }, () => server.signIn())
    // The password hash keeps the requests busy while the signal arrives.
    const stopped = server.stop()
    const results = await Promise.allSettled(signIns)
    expect(await stopped).toBe(0)
    for (const result of results) if (result.status === 'rejected') expect(String(result.reason)).toMatch(/fetch failed|ECONNREFUSED/)
  })

  it('names every wrong setting at once and opens no port', async () => {
    const dir = await folder()
    const server = ServerProcess.spawn(dir, { VITRINE_PORT: 'many', VITRINE_LOG_LEVEL: 'loud', VITRINE_DATABASE: 'x' })
    expect((await server.exited).code).toBe(1)
    const output = server.output.join('')
    for (const name of ['VITRINE_PORT', 'VITRINE_LOG_LEVEL', 'VITRINE_DATABASE']) expect(output).toContain(name)
  })

  it('says which port is taken', async () => {
    const dir = await folder()
    const server = await started(dir)
    const other = ServerProcess.spawn(await folder(), { VITRINE_PORT: String(server.ports?.instance.port) })
    expect((await other.exited).code).toBe(1)
    expect(other.output.join('')).toContain(`port ${server.ports?.instance.port}`)
  })
})
