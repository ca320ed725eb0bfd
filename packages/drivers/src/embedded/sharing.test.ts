/** The parts of the lifetime of a database that show only between processes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import postgres from 'postgres'
import { describe, expect, it } from 'vitest'
import { stopPostmaster } from './postmaster.ts'
import { isAlive } from './processes.ts'
import { afterwards, ask, folder, Holder, mark, marks, start, until } from './testing/holding.ts'

const databaseIn = (dir = folder()) => path.join(dir, 'postgres')
const identityOf = (dir: string) => {
  const { uid, gid } = statSync(dir)
  return process.getuid?.() === 0 ? { uid, gid } : {}
}

describe('a first start', () => {
  it('makes a database in UTF-8 that sorts the same everywhere, whatever the environment says', async () => {
    const holder = new Holder(databaseIn(), { env: { PATH: process.env['PATH'] ?? '' } })
    const [found] = await ask(
      await holder.ready(),
      (
        sql,
      ) => sql`select current_setting('server_encoding') as encoding, datlocprovider as provider, datlocale as locale, current_setting('lc_messages') as messages
                   from pg_database where datname = current_database()`,
    )
    expect(found).toEqual({ encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8', messages: 'C' })
  })

  it('listens on a short socket only, asks for a password, and keeps the passwords to itself', async () => {
    const dir = path.join(folder(), ...Array.from({ length: 12 }, (_, n) => `a-rather-deep-folder-${n}`), 'postgres')
    const server = await start(dir)
    expect(Buffer.byteLength(path.join(server.connection.host, '.s.PGSQL.5432'))).toBeLessThanOrEqual(107)
    const [settings] = await ask(
      server,
      (sql) =>
        sql`select current_setting('listen_addresses') as addresses, current_setting('jit') as jit, current_setting('max_connections') as connections`,
    )
    expect(settings).toEqual({ addresses: '', jit: 'off', connections: '60' })
    await expect(ask({ connection: { ...server.connection, password: 'guessed' } }, (sql) => sql`select 1`)).rejects.toThrow(
      'password authentication failed',
    )
    expect(statSync(`${dir}.secrets`).mode & 0o777).toBe(0o600)
    expect(statSync(server.connection.host).mode & 0o777).toBe(0o700)
  })
})

describe('a later start', () => {
  it('finds what was there, also by another name of the folder', async () => {
    const parent = folder()
    const first = await start(databaseIn(parent))
    await mark(first, 'kept')
    await first.stop()
    const again = await start(databaseIn(parent))
    symlinkSync(databaseIn(parent), path.join(parent, 'link'))
    const linked = await start(path.join(parent, 'link'))
    expect([again.adopted, linked.adopted, linked.pid]).toEqual([false, true, again.pid])
    expect(await marks(linked)).toEqual(['kept'])
  })

  it('begins a new log when the old one has grown', async () => {
    const dir = databaseIn()
    await (await start(dir)).stop()
    truncateSync(`${dir}.log`, 11 * 1024 * 1024)
    await start(dir)
    expect(statSync(`${dir}.log`).size).toBeLessThan(1024 * 1024)
    expect(statSync(`${dir}.log.1`).size).toBe(11 * 1024 * 1024)
  })
})

describe('servers that share a folder', () => {
  it('start together and get one database, which the last to leave stops', async () => {
    const dir = databaseIn()
    const holders = [new Holder(dir), new Holder(dir), new Holder(dir)] as const
    const ready = await Promise.all(holders.map((holder) => holder.ready()))
    expect(ready.filter((server) => !server.adopted)).toHaveLength(1)
    expect(new Set(ready.map((server) => server.pid)).size).toBe(1)
    const [first, second, third] = holders
    expect(await first.leave()).toBe(0)
    await mark(ready[1]!, 'after the first has left')
    await second.leave()
    expect(await marks(ready[2]!)).toEqual(['after the first has left'])
    await third.leave()
    expect(isAlive(ready[0]!.pid)).toBe(false)
  })

  it('stop the process that serves the folder now, not the one they began with', async () => {
    const dir = databaseIn()
    const server = await start(dir)
    process.kill(server.pid, 'SIGKILL')
    const other = await start(dir)
    await other.stop()
    expect(isAlive(other.pid)).toBe(true)
    await server.stop()
    expect(isAlive(other.pid)).toBe(false)
  })
})

describe('stopping', () => {
  it('leaves the database to the server that drains when Ctrl-C reaches its process group', async () => {
    const holder = new Holder(databaseIn())
    const { pid } = await holder.ready()
    process.kill(-holder.child.pid!, 'SIGINT')
    expect(await holder.exited).toBe(0)
    expect(holder.events).toEqual(['starting', 'ready', 'drained', 'left'])
    expect(isAlive(pid)).toBe(false)
  })

  it('goes on to an immediate shutdown when a connection does not end', async () => {
    const dir = databaseIn()
    const server = await start(dir)
    await mark(server, 'committed')
    const sql = postgres({ ...server.connection, max: 1 })
    const [{ pid }] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`
    // A stopped process does not react to being asked.
    process.kill(pid, 'SIGSTOP')
    await stopPostmaster({ dir: server.dataDir, identity: identityOf(dir) }, { fastMs: 200, immediateMs: 30_000 })
    expect(isAlive(server.pid)).toBe(false)
    await sql.end({ timeout: 0 })
    expect(await marks(await start(dir))).toEqual(['committed'])
  })

  it('never ends a process that does not serve the folder', async () => {
    const dir = databaseIn()
    await (await start(dir)).stop()
    // Its command line even speaks of postgres.
    const bystander = spawn('sleep', ['600'], { argv0: 'postgres', cwd: '/' })
    afterwards(() => bystander.kill('SIGKILL'))
    await once(bystander, 'spawn')
    writeFileSync(path.join(dir, 'postmaster.pid'), `${bystander.pid}\n${dir}\n0\n5432\n/nowhere\n\n\nready\n`)
    await stopPostmaster({ dir, identity: identityOf(dir) })
    await until(() => isAlive(bystander.pid!), 'the bystander lives')
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull()
  })
})
