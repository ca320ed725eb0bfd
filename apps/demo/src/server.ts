/**
 * The server the demo talks to when it is given none: the one that runs on the data folder already, or a process of its
 * own. It is a process because that is how a server runs, and because its memory can then be told apart from ours.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { NODE_FLAGS } from '../../server/src/node-flags.ts'

export interface RunningServer {
  readonly url: string
  readonly started: boolean
  /** Most memory it ever held, in bytes; null where the system does not tell. */
  peakBytes(): Promise<number | null>
  stop(): Promise<void>
}

const MAIN = path.resolve(import.meta.dirname, '../../server/src/main.ts')
const START_MS = 120_000

interface Ports {
  readonly pid: number
  readonly url: string
}

async function portsOf(dataDir: string): Promise<Ports | null> {
  const text = await readFile(path.join(dataDir, 'ports.json'), 'utf8').catch(() => null)
  if (text === null) return null
  const { pid, instance } = JSON.parse(text) as { pid: number; instance: { host: string; port: number } | null }
  if (!instance) return null
  const host = instance.host === '0.0.0.0' || instance.host === '::' ? '127.0.0.1' : instance.host
  return { pid, url: `http://${host.includes(':') ? `[${host}]` : host}:${instance.port}` }
}

/** The file stays behind when a server is killed; only an answer proves that it lives. */
async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok,
    () => false,
  )
}

async function peakBytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = status.match(/^VmHWM:\s+(\d+) kB$/m)?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) * 1024
}

async function untilReady(child: ChildProcess, dataDir: string, said: () => string): Promise<string> {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server did not start:\n${said()}`)
    const ports = await portsOf(dataDir)
    if (ports !== null && ports.pid === child.pid && (await answers(ports.url))) return ports.url
    await wait(100)
  }
  child.kill()
  throw new Error(`the server was not ready within ${START_MS / 1000} seconds:\n${said()}`)
}

export async function findOrStartServer(dataDir: string, env: NodeJS.ProcessEnv): Promise<RunningServer> {
  const ports = await portsOf(dataDir)
  if (ports !== null && (await answers(ports.url))) {
    const { pid } = ports
    return { url: ports.url, started: false, peakBytes: () => peakBytes(pid), stop: async () => undefined }
  }
  const own = { VITRINE_LOG_LEVEL: 'warn', ...env, VITRINE_DATA_DIR: dataDir, VITRINE_PORT: '0', VITRINE_ADMIN_PORT: '0' }
  const child = spawn(process.execPath, [...NODE_FLAGS, MAIN], { env: own, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  // Only the end is kept: enough to say why it did not start, and no memory that grows with the log.
  const hear = (chunk: Buffer): void => void (said = (said + chunk.toString()).slice(-4000))
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const url = await untilReady(child, dataDir, () => said)
  return {
    url,
    started: true,
    peakBytes: () => peakBytes(child.pid ?? 0),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}
