/** Folders, processes and waiting, for the tests of the embedded database. All that a test makes is removed after it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { afterEach } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedOptions, type EmbeddedServer } from '../index.ts'
import { commandOf, isAlive } from '../processes.ts'

const PATIENCE_MS = 60_000
export const isRoot = process.getuid?.() === 0
/** The unprivileged user of nearly every system. */
export const NOBODY = { uid: 65_534, gid: 65_534 }

const cleanups: (() => unknown)[] = []
export const afterwards = (work: () => unknown): void => void cleanups.push(work)
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

/** A folder that everybody may pass through, unless a test says otherwise. */
export function folder(mode = 0o755): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'vitrine-embedded-'))
  chmodSync(dir, mode)
  afterwards(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
  return dir
}

export async function until(condition: () => unknown, what: string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await condition()); await pause(20))
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`)
}

export async function start(dataDir: string, options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedServer> {
  const server = await startEmbeddedPostgres({ dataDir, log: () => undefined, ...options })
  afterwards(() => server.stop())
  return server
}

/** Asks something as the application does. */
export async function ask<T>(server: Pick<EmbeddedServer, 'connection'>, question: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres({ ...server.connection, max: 1, onnotice: () => undefined })
  try {
    return await question(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Leaves a mark that has to be there later. */
export const mark = (server: Pick<EmbeddedServer, 'connection'>, text: string) =>
  ask(server, async (sql) => {
    await sql`create table if not exists mark (text text)`
    await sql`insert into mark values (${text})`
  })
export const marks = (server: Pick<EmbeddedServer, 'connection'>): Promise<string[]> =>
  ask(server, async (sql) => (await sql<{ text: string }[]>`select text from mark order by text`).map((row) => row.text))

type Ready = Pick<EmbeddedServer, 'connection' | 'notes' | 'adopted' | 'dataDir' | 'pid' | 'superuserUrl'>

export interface HolderOptions extends Omit<Partial<EmbeddedOptions>, 'log'> {
  readonly identity?: { uid: number; gid: number }
  readonly env?: Record<string, string>
  /** Programs to start it through, such as one that takes rights away. */
  readonly through?: readonly string[]
}

/** Another process that uses the database of a folder. */
export class Holder {
  readonly child: ChildProcess
  readonly events: string[] = []
  readonly exited: Promise<number | null>
  readonly #ready: Promise<Ready>

  constructor(dataDir: string, { identity, env, through = [], ...options }: HolderOptions = {}) {
    const holder = [path.join(import.meta.dirname, 'holder.ts'), JSON.stringify({ dataDir, ...options })]
    const [command = process.execPath, ...args] = through.length ? [...through, process.execPath, ...holder] : [process.execPath, ...holder]
    // Its own process group, so that a test can do to it what a terminal does.
    this.child = spawn(command, args, { ...identity, env: env ?? process.env, cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    this.exited = new Promise((resolve) => this.child.once('exit', resolve))
    this.#ready = this.#read()
    // Whoever does not wait for readiness does not care that it fails.
    this.#ready.catch(() => undefined)
    afterwards(() => this.#end())
  }

  ready(): Promise<Ready> {
    return this.#ready
  }

  async leave(): Promise<number | null> {
    this.child.kill('SIGTERM')
    return this.exited
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exited
  }

  /** Also the database, which outlives a killed holder on purpose. */
  async #end(): Promise<void> {
    await this.kill()
    const found = await this.#ready.catch(() => undefined)
    if (!found || !commandOf(found.pid).includes(found.dataDir)) return
    process.kill(found.pid, 'SIGQUIT')
    await until(() => !isAlive(found.pid), 'the end of the database')
  }

  async #read(): Promise<Ready> {
    let complaint = ''
    this.child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
    const lines = createInterface({ input: this.child.stdout! })
    return new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        const { event, ...details } = JSON.parse(line) as Ready & { event: string }
        this.events.push(event)
        if (event === 'ready') resolve(details)
      })
      this.child.once('close', () => reject(new Error(complaint || 'ended before it was ready')))
    })
  }
}
