/**
 * Two small agreements between servers that share a data folder. The lock lets one at a time start or stop the database; it
 * is void when its holder is gone. The register says who uses the database, so that the last one to leave stops it. Neither
 * guards the data: PostgreSQL itself refuses a second process on the same folder.
 */
import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isAlive, startOf } from './processes.ts'

const POLL_MS = 50
const PATIENCE_MS = 15 * 60_000

const me = () => `${process.pid} ${startOf(process.pid)}`
const lives = (identity: string) => {
  const [pid, ...start] = identity.split(' ')
  return isAlive(Number(pid)) && startOf(Number(pid)) === start.join(' ')
}

/** Runs `work` alone among the servers of this folder; inside one process, calls wait for each other as well. */
export async function alone<T>(file: string, work: () => Promise<T>): Promise<T> {
  const mine = `${me()} ${randomBytes(6).toString('hex')}`
  for (const deadline = Date.now() + PATIENCE_MS; !take(file, mine); await pause(POLL_MS)) {
    const holder = read(file)
    if (holder !== undefined && !lives(holder.split(' ').slice(0, -1).join(' '))) discard(file, holder)
    if (Date.now() > deadline)
      throw new Error(`another server has been starting or stopping the database for too long; if that is not so, remove ${file}`)
  }
  try {
    return await work()
  } finally {
    if (read(file) === mine) rmSync(file, { force: true })
  }
}

function take(file: string, mine: string): boolean {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, mine, { mode: 0o600 })
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Moves a void lock away. If it turns out to be another one than was judged, it is put back. */
function discard(file: string, judged: string): void {
  const aside = `${file}.void.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    renameSync(file, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  try {
    if (read(aside) !== judged) linkSync(aside, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** One entry per use, so that a process may open the same database twice. */
export class Register {
  readonly #folder: string
  readonly #entry: string

  constructor(folder: string) {
    this.#folder = folder
    this.#entry = path.join(folder, `${me()} ${randomBytes(6).toString('hex')}`.replaceAll(/[^\w]/g, '_'))
  }

  enter(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    writeFileSync(this.#entry, me(), { mode: 0o600 })
  }

  leave(): void {
    rmSync(this.#entry, { force: true })
  }

  /** Whether anybody alive is still registered; entries of the dead are removed. */
  inUse(): boolean {
    let used = false
    for (const name of readdirSync(this.#folder)) {
      const file = path.join(this.#folder, name)
      const identity = read(file)
      if (identity !== undefined && lives(identity)) used = true
      else rmSync(file, { force: true })
    }
    return used
  }
}
