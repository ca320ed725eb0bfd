/** What is left behind by kills, full disks and restarted containers, and that the next start copes with it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandOf, isAlive, serversOf } from './processes.ts'
import { afterwards, folder, Holder, isRoot, mark, marks, start, until } from './testing/holding.ts'

const databaseIn = (dir = folder()) => path.join(dir, 'postgres')

/** A database that has been left in order, with something in it. */
async function database(): Promise<string> {
  const dir = databaseIn()
  const server = await start(dir)
  await mark(server, 'kept')
  await server.stop()
  return dir
}

/** A living process of the database's user that has nothing to do with it. */
async function bystander(dir: string): Promise<number> {
  const { uid, gid } = statSync(dir)
  const child = spawn('sleep', ['600'], { ...(isRoot ? { uid, gid } : {}), argv0: 'postgres-tools', cwd: '/' })
  afterwards(() => child.kill('SIGKILL'))
  await once(child, 'spawn')
  return child.pid!
}

const lockText = (pid: number, dir: string) => `${pid}\n${dir}\n1700000000\n5432\n/nowhere\n\n\nready   \n`

describe('after a kill', () => {
  it('of a server that was making the database, the next start makes it, and nothing of the first attempt stays', async () => {
    const parent = folder()
    const dir = databaseIn(parent)
    const holder = new Holder(dir)
    await until(() => readdirSync(parent).some((name) => name.includes('.init-')), 'the making of the database')
    await holder.kill()
    const server = await start(dir)
    await mark(server, 'made after all')
    await server.stop()
    expect(readdirSync(parent).filter((name) => /init|lock|password/.test(name))).toEqual([])
  })

  it('of the database alone, its last helpers are waited for, also where root may not look at them, as in a container', async (test) => {
    if (spawnSync('setpriv', ['true']).status !== 0) test.skip('it needs setpriv, which Linux has')
    const dir = databaseIn()
    const before = await start(dir)
    await mark(before, 'acknowledged')
    const { uid, gid } = statSync(dir)
    const helper = serversOf(dir, { uid, gid }).find((pid) => commandOf(pid).includes('checkpointer'))
    // Zero would be this very process group.
    if (!helper) throw new Error('the database has no checkpointer')
    // A stopped process does not notice that its postmaster has gone, and keeps the shared memory.
    process.kill(helper, 'SIGSTOP')
    process.kill(before.pid, 'SIGKILL')
    await until(() => !isAlive(before.pid), 'the end of the postmaster')
    const holder = new Holder(dir, isRoot ? { through: ['setpriv', '--bounding-set', '-sys_ptrace'] } : {})
    await until(() => existsSync(`${dir}.lock`), 'the next start')
    expect(existsSync(path.join(dir, 'postmaster.pid'))).toBe(true)
    process.kill(helper, 'SIGKILL')
    const after = await holder.ready()
    expect([after.adopted, await marks(after)]).toEqual([false, ['acknowledged']])
    await holder.leave()
  })

  it('of the database whose parent does not collect it, the zombie does not block the next start', async (test) => {
    if (process.platform !== 'linux') test.skip('zombies are told apart on Linux only')
    const dir = databaseIn()
    const holder = new Holder(dir)
    const before = await holder.ready()
    await mark(before, 'acknowledged')
    holder.child.kill('SIGSTOP')
    process.kill(before.pid, 'SIGKILL')
    await until(() => /^State:\s+Z/m.test(readFileSync(`/proc/${before.pid}/status`, 'utf8')), 'the zombie')
    const server = await start(dir)
    expect(server.adopted).toBe(false)
    expect(await marks(server)).toEqual(['acknowledged'])
  })
})

describe('a lock nobody holds', () => {
  it('is removed when its process is gone', async () => {
    const dir = await database()
    const gone = spawn('true')
    await once(gone, 'exit')
    writeFileSync(path.join(dir, 'postmaster.pid'), lockText(gone.pid!, dir))
    const server = await start(dir)
    expect(await marks(server)).toEqual(['kept'])
    expect(server.notes.join()).toContain(`removed the lock of process ${gone.pid}`)
  })

  it('is removed when its pid belongs to another program now, which is left alone', async () => {
    const dir = await database()
    const pid = await bystander(dir)
    writeFileSync(path.join(dir, 'postmaster.pid'), lockText(pid, dir))
    expect(await marks(await start(dir))).toEqual(['kept'])
    expect(isAlive(pid)).toBe(true)
  })

  it('is removed when its pid belongs to the PostgreSQL of another folder', async () => {
    const dir = await database()
    const other = await start(databaseIn())
    writeFileSync(path.join(dir, 'postmaster.pid'), readFileSync(path.join(other.dataDir, 'postmaster.pid'), 'utf8').replace(other.dataDir, dir))
    const server = await start(dir)
    expect(server.pid).not.toBe(other.pid)
    expect(await marks(server)).toEqual(['kept'])
    expect(isAlive(other.pid)).toBe(true)
  })

  it('is removed from the socket too', async () => {
    const dir = await database()
    const { connection } = await start(dir).then(async (server) => {
      await server.stop()
      return server
    })
    writeFileSync(path.join(connection.host, '.s.PGSQL.5432.lock'), lockText(await bystander(dir), dir))
    expect(await marks(await start(dir))).toEqual(['kept'])
  })

  it('is passed over when a server died while it was starting or stopping the database', async () => {
    const dir = await database()
    writeFileSync(`${dir}.lock`, `${process.pid} 1 somebody who had this pid before`)
    expect(await marks(await start(dir))).toEqual(['kept'])
  })
})
