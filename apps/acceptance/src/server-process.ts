/** A real server process for acceptance tests: started as an operator would, on free ports, stopped or killed by its id. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { instanceFetch } from './judged.ts'

const MAIN = path.resolve(import.meta.dirname, '../../server/src/main.ts')
const PATIENCE_MS = 90_000
const LOG_PATIENCE_MS = 2000

export interface Ports {
  readonly pid: number
  readonly instance: { host: string; port: number }
  readonly admin: { host: string; port: number }
}

export class ServerProcess {
  readonly child: ChildProcess
  readonly dataDir: string
  readonly output: string[] = []
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  ports: Ports | undefined

  private constructor(child: ChildProcess, dataDir: string) {
    this.child = child
    this.dataDir = dataDir
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => this.output.push(chunk.toString()))
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  }

  /** Starts without waiting for readiness. */
  static spawn(dataDir: string, env: Record<string, string> = {}): ServerProcess {
    const defaults = {
      VITRINE_DATA_DIR: dataDir,
      VITRINE_PORT: '0',
      VITRINE_ADMIN_PORT: '0',
      VITRINE_LOG_LEVEL: 'warn',
      VITRINE_ROOT_PASSWORD: 'first-root-password',
      VITRINE_ADMIN_PASSPHRASE: 'operators-only',
    }
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITRINE_')))
    const child = spawn(process.execPath, [MAIN], { cwd: dataDir, env: { ...inherited, ...defaults, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    return new ServerProcess(child, dataDir)
  }

  static async start(dataDir: string, env: Record<string, string> = {}): Promise<ServerProcess> {
    const server = ServerProcess.spawn(dataDir, env)
    await server.ready()
    return server
  }

  /** Waits until the server has said which ports it chose and answers on them. */
  async ready(): Promise<void> {
    let gone: { code: number | null } | undefined
    void this.exited.then((how) => (gone = how))
    for (const deadline = Date.now() + PATIENCE_MS; ; await pause(25)) {
      if (gone) throw new Error(`the server ended with ${gone.code}: ${this.output.join('')}`)
      if (Date.now() > deadline) throw new Error(`the server is not ready: ${this.output.join('')}`)
      const line = /instance API\s+http:\/\/127\.0\.0\.1:(\d+)[\s\S]*administration API\s+http:\/\/127\.0\.0\.1:(\d+)/.exec(this.output.join(''))
      if (!line) continue
      this.ports = {
        pid: this.child.pid ?? 0,
        instance: { host: '127.0.0.1', port: Number(line[1]) },
        admin: { host: '127.0.0.1', port: Number(line[2]) },
      }
      return
    }
  }

  /**
   * The last lines that the server has written, once it has written about this request. It does so after it has answered, so there
   * is a short wait; for a request that it has nothing to say about, until that is over.
   */
  async lastLinesAbout(requestId: string | null, count = 20): Promise<string> {
    const hasWritten = () => requestId === null || this.output.join('').includes(requestId)
    for (const deadline = Date.now() + LOG_PATIENCE_MS; !hasWritten() && Date.now() < deadline;) await pause(25)
    return this.output.join('').trimEnd().split('\n').slice(-count).join('\n')
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports?.instance.port}`
  }

  get adminUrl(): string {
    return `http://127.0.0.1:${this.ports?.admin.port}`
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill(signal)
    return this.exited
  }

  /** Asks the server to stop and answers its exit code. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode
    return (await this.kill('SIGTERM')).code
  }

  async signIn(password = 'first-root-password'): Promise<string> {
    const body = new URLSearchParams({ grant_type: 'password', client_id: 'vitrine-cli', username: 'root', password })
    const response = await instanceFetch(`${this.url}/api/oauth2/token`, { method: 'POST', body })
    if (!response.ok) throw new Error(`sign-in failed: ${response.status} ${await response.text()}`)
    return ((await response.json()) as { access_token: string }).access_token
  }
}

export async function dataFolder(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'vitrine-acceptance-'))
  // The unprivileged user of the embedded database has to get through when the tests run as root.
  await chmod(dir, 0o755)
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) }
}

/** The pid in the lock file of the embedded database of a data folder. */
export async function postmasterPid(dataDir: string): Promise<number> {
  return Number((await readFile(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n', 1)[0])
}

/** False for a process that is gone, or dead and not yet collected by its parent. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
