import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { afterEach, describe, expect, it } from 'vitest'
import { isAlive } from './processes.ts'
import { startEmbeddedPostgres, type EmbeddedServer } from './server.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

async function folder(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'vitrine-embedded-'))
  // The unprivileged user of the database has to get through when these tests run as root.
  await chmod(dir, 0o755)
  cleanups.push(() => rm(dir, { recursive: true, force: true }))
  return dir
}
async function start(dir: string, settings?: Record<string, string>): Promise<EmbeddedServer> {
  const server = await startEmbeddedPostgres({ dataDir: path.join(dir, 'postgres'), log: () => undefined, ...(settings && { settings }) })
  cleanups.push(() => server.stop())
  return server
}
async function query<T>(server: EmbeddedServer, text: string): Promise<T> {
  const sql = postgres({ ...server.connection, max: 1, onnotice: () => undefined })
  try {
    return (await sql.unsafe(text)) as unknown as T
  } finally {
    await sql.end()
  }
}
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(10)
}

/** Another process that uses the database of a folder until it is killed. */
async function neighbour(dir: string): Promise<ChildProcess> {
  const code = `import { startEmbeddedPostgres } from ${JSON.stringify(new URL('server.ts', import.meta.url).href)}
    await startEmbeddedPostgres({ dataDir: ${JSON.stringify(path.join(dir, 'postgres'))}, log: () => undefined })
    console.log('ready'); setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanups.push(async () => child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'))
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => {
      throw new Error('the neighbour ended before it was ready')
    }),
  ])
  return child
}

describe('a first start', () => {
  it('makes a UTF-8 database whose role is bound by row-level security', async () => {
    const server = await start(await folder())
    const [row] = await query<[Record<string, unknown>]>(
      server,
      `select current_setting('server_encoding') as encoding, rolsuper, rolbypassrls, current_database() as database, current_setting('listen_addresses') as addresses,
        current_setting('fsync') as fsync, current_setting('data_checksums') as checksums from pg_roles where rolname = current_user`,
    )
    expect(row).toEqual({ encoding: 'UTF8', rolsuper: false, rolbypassrls: false, database: 'vitrine', addresses: '', fsync: 'on', checksums: 'on' })
    expect(server.adopted).toBe(false)
  })

  it('takes settings, and keeps its secrets from other users', async () => {
    const dir = await folder()
    const server = await start(dir, { work_mem: '5MB' })
    expect(await query(server, 'show work_mem')).toEqual([{ work_mem: '5MB' }])
    const { mode } = await import('node:fs').then((fs) => fs.statSync(path.join(dir, 'postgres.secrets')))
    expect(mode & 0o777).toBe(0o600)
  })

  it('is not disturbed by what a start that was killed has left', async () => {
    const dir = await folder()
    await mkdir(path.join(dir, 'postgres.init-1'))
    await writeFile(path.join(dir, 'postgres.init-1', 'PG_VERSION'), '18')
    await start(dir)
    expect((await readdir(dir)).filter((name) => name.includes('.init-'))).toEqual([])
  })

  it('happens once when several start together', async () => {
    const dir = await folder()
    const servers = await Promise.all([start(dir), start(dir), start(dir)])
    expect(servers.filter((s) => !s.adopted)).toHaveLength(1)
    expect(new Set(servers.map((s) => s.pid)).size).toBe(1)
  })
})

describe('sharing a folder', () => {
  it('stops the database when the last one leaves, and not before', async () => {
    const dir = await folder()
    const [first, second] = [await start(dir), await start(dir)]
    await first.stop()
    expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }])
    await second.stop()
    expect(isAlive(second.pid)).toBe(false)
  })

  it('does not stop the database under a process that was killed and one that lives', async () => {
    const dir = await folder()
    const child = await neighbour(dir)
    const server = await start(dir)
    expect(server.adopted).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
    expect(isAlive(server.pid)).toBe(false)
  })
})

describe('starting again', () => {
  it('adopts the database that a killed server left running', async () => {
    const dir = await folder()
    const child = await neighbour(dir)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const server = await start(dir)
    expect(server.adopted).toBe(true)
  })

  it('recovers what was committed before the database was killed', async () => {
    const dir = await folder()
    const server = await start(dir)
    await query(server, 'create table mark (n int); insert into mark select generate_series(1, 500)')
    process.kill(server.pid, 'SIGKILL')
    const again = await start(dir)
    expect(again.adopted).toBe(false)
    expect(await query(again, 'select count(*)::int as n from mark')).toEqual([{ n: 500 }])
  })

  it('recovers when both the server and the database were killed', async () => {
    const dir = await folder()
    const child = await neighbour(dir)
    const pid = Number((await readFile(path.join(dir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n', 1)[0])
    process.kill(pid, 'SIGKILL')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const server = await start(dir)
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('clears a lock whose pid belongs to another program now', async () => {
    const dir = await folder()
    const server = await start(dir)
    const lock = await readFile(path.join(dir, 'postgres', 'postmaster.pid'), 'utf8')
    await server.stop()
    const other = spawn('sleep', ['600'])
    cleanups.push(async () => other.kill())
    await writeFile(path.join(dir, 'postgres', 'postmaster.pid'), lock.replace(/^\d+/, String(other.pid)), { mode: 0o600 })
    const again = await start(dir)
    expect(again.notes.join()).toContain(String(other.pid))
    expect(other.exitCode).toBeNull()
  })

  it('clears an empty lock, as a full disk leaves it', async () => {
    const dir = await folder()
    await (await start(dir)).stop()
    await writeFile(path.join(dir, 'postgres', 'postmaster.pid'), '')
    expect((await start(dir)).adopted).toBe(false)
  })

  it('refuses a database of another major version and says what to do', async () => {
    const dir = await folder()
    await (await start(dir)).stop()
    await writeFile(path.join(dir, 'postgres', 'PG_VERSION'), '9\n')
    await expect(start(dir)).rejects.toThrow(/PostgreSQL 9.*VITRINE_DATABASE_URL/)
  })

  it('refuses to open a database whose secrets are lost', async () => {
    const dir = await folder()
    await (await start(dir)).stop()
    await rm(path.join(dir, 'postgres.secrets'))
    await expect(start(dir)).rejects.toThrow(/postgres\.secrets is missing/)
  })

  it('refuses a folder that holds something else', async () => {
    const dir = await folder()
    await mkdir(path.join(dir, 'postgres'))
    await writeFile(path.join(dir, 'postgres', 'letter.txt'), 'mine')
    await expect(start(dir)).rejects.toThrow(/not empty/)
    expect(await readFile(path.join(dir, 'postgres', 'letter.txt'), 'utf8')).toBe('mine')
  })
})

describe('a folder that the user of the database cannot reach', () => {
  it.runIf(process.getuid?.() === 0)('is answered with another place, and a note that says so (as root)', async () => {
    const dir = await folder()
    await chmod(dir, 0o700)
    const server = await start(dir)
    cleanups.unshift(async () => {
      for (const suffix of ['', '.log', '.secrets', '.users', '.lock']) await rm(`${server.dataDir}${suffix}`, { recursive: true, force: true })
    })
    expect(server.dataDir).not.toContain(dir)
    expect(server.notes.join()).toContain(server.dataDir)
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
    await until(async () => (await readdir(path.dirname(server.dataDir))).length > 0)
  })
})
