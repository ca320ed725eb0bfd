/** One server that runs on after the command that has started it. */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { alone } from '../../packages/drivers/src/embedded/lock.ts'
import { isAlive, startOf } from '../../packages/drivers/src/embedded/processes.ts'

/** What is needed is not there and cannot be had; everything else that goes wrong is a failure. */
export class CannotInstall extends Error {}

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** How to get in, as it is printed. */
  readonly settings: Readonly<Record<string, string>>
}

export interface Service {
  readonly name: string
  readonly ports: number
  /** Makes the programs available, if they are not. */
  install(programs: string): Promise<void>
  /** Writes what the server needs into its empty folder and says how it is started. */
  prepare(programs: string, dir: string, firstPort: number): Launch
  /** Whether the server does its work; fails when it cannot be reached. */
  answers(settings: Readonly<Record<string, string>>): Promise<boolean>
}

const READY_MS = 180_000
const STOP_MS = 10_000
const POLL_MS = 50
/** Below the ports that systems give to outgoing connections. */
const PORTS = { from: 20_000, to: 32_000 }

interface Running {
  readonly pid: number
  readonly startedAt: string
  readonly settings: Readonly<Record<string, string>>
}

export class ServiceRunner {
  readonly #service: Service
  readonly #programs: string
  readonly #dir: string

  constructor(service: Service, programs: string, data: string) {
    this.#service = service
    this.#programs = programs
    this.#dir = path.join(data, service.name)
  }

  /** How to get into the server if it runs and works, else null. */
  async status(): Promise<Running['settings'] | null> {
    const running = this.#running()
    return running && (await this.#answers(running.settings)) ? running.settings : null
  }

  async start(say: (text: string) => void): Promise<Running['settings']> {
    return this.#alone(async () => {
      const already = await this.status()
      if (already) return already
      await this.#end()
      await alone(path.join(this.#programs, `install-${this.#service.name}.lock`), () => this.#service.install(this.#programs))
      const begun = Date.now()
      const settings = await this.#launch()
      say(`${this.#service.name} answers after ${((Date.now() - begun) / 1000).toFixed(1)} s`)
      return settings
    })
  }

  async stop(): Promise<void> {
    await this.#alone(() => this.#end())
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    return alone(`${this.#dir}.lock`, work)
  }

  async #launch(): Promise<Running['settings']> {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 })
    const launch = this.#service.prepare(this.#programs, this.#dir, await freePorts(this.#service.ports))
    const log = openSync(`${this.#dir}.log`, 'w', 0o600)
    const child = spawn(launch.command, launch.args, { cwd: this.#dir, detached: true, stdio: ['ignore', log, log], env: launch.env })
    closeSync(log)
    await once(child, 'spawn')
    // The server runs on; this process need not wait for it.
    child.unref()
    this.#remember({ pid: child.pid ?? 0, startedAt: startOf(child.pid ?? 0), settings: launch.settings })
    try {
      await this.#ready(launch.settings)
    } catch (error) {
      await this.#end()
      throw error
    }
    return launch.settings
  }

  async #ready(settings: Running['settings']): Promise<void> {
    for (const deadline = Date.now() + READY_MS; !(await this.#answers(settings)); await pause(POLL_MS)) {
      if (!this.#running()) throw new Error(`${this.#service.name} ended at once: ${this.#lastWords()}`)
      if (Date.now() > deadline) throw new Error(`${this.#service.name} does not answer: ${this.#lastWords()}`)
    }
  }

  /** A server that is still starting refuses connections; that is an answer of its own. */
  #answers(settings: Running['settings']): Promise<boolean> {
    return this.#service.answers(settings).catch(() => false)
  }

  async #end(): Promise<void> {
    const running = this.#running()
    if (running) {
      process.kill(running.pid, 'SIGTERM')
      for (const deadline = Date.now() + STOP_MS; this.#running() && Date.now() < deadline;) await pause(POLL_MS)
      if (this.#running()) process.kill(running.pid, 'SIGKILL')
      while (this.#running()) await pause(POLL_MS)
    }
    rmSync(this.#dir, { recursive: true, force: true, maxRetries: 10 })
  }

  get #record(): string {
    return path.join(this.#dir, 'running.json')
  }

  #remember(running: Running): void {
    writeFileSync(this.#record, JSON.stringify(running), { mode: 0o600 })
  }

  #running(): Running | null {
    let running: Running
    try {
      running = JSON.parse(readFileSync(this.#record, 'utf8')) as Running
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return null
      throw error
    }
    return isAlive(running.pid) && startOf(running.pid) === running.startedAt ? running : null
  }

  #lastWords(): string {
    return `${readFileSync(`${this.#dir}.log`, 'utf8').trim().split('\n').slice(-15).join('\n')}\n(all of it: ${this.#dir}.log)`
  }
}

/** The first of so many neighbouring ports that nobody listens on. */
async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = randomInt(PORTS.from, PORTS.to)
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)))
    if (free.every(Boolean)) return first
  }
  throw new Error(`no ${count} neighbouring ports are free between ${PORTS.from} and ${PORTS.to}`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
