/** Reads the settings, wires the server, opens both ports, and stops in order when asked to. */
import { existsSync, readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { readSettings, sampleFile, type Settings } from '@vitrine/server/config'
import { createLogger } from '@vitrine/server/log'
import { listen, type Listener } from '@vitrine/server/serve'
import { wire, type Wired } from '@vitrine/server/wire'

const CONFIG = 'vitrine.yml'

async function start(settings: Settings): Promise<void> {
  const log = createLogger(settings.logLevel)
  const wired = await wire(settings, log)
  let listeners: Listener[] = []
  const ports = path.join(settings.dataDir, 'ports.json')
  const stop = once(async (signal: string) => {
    log.info({ signal }, 'stopping')
    wired.lifecycle.enter('stopping')
    await Promise.all([wired.stopWork(settings.shutdownTimeoutMs), ...listeners.map((l) => l.close(settings.shutdownTimeoutMs))])
    await rm(ports, { force: true })
    await wired.close()
    log.info('stopped')
    process.exit(0)
  })
  const failed = (error: unknown) => {
    log.fatal({ err: error }, 'stopping failed')
    process.exit(1)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(signal).catch(failed))
  try {
    const requestTimeoutMs = settings.requestTimeoutMs
    const admin = await listen(wired.adminApp, { host: settings.adminHost, port: settings.adminPort, requestTimeoutMs })
    listeners = [admin]
    wired.keepFrom(admin)
    listeners = [await listen(wired.app, { host: settings.host, port: settings.port, requestTimeoutMs }), admin]
    await wired.startWork()
  } catch (error) {
    await Promise.all([wired.stopWork(0), ...listeners.map((l) => l.close(0))])
    await wired.close()
    throw error
  }
  wired.lifecycle.enter('ready')
  await writePorts(ports, listeners)
  announce(wired, listeners as [Listener, Listener])
}

/** Other programs find the chosen ports here; the file appears whole. */
async function writePorts(file: string, [instance, admin]: Listener[]): Promise<void> {
  const draft = `${file}.${process.pid}`
  await writeFile(draft, `${JSON.stringify({ pid: process.pid, instance: address(instance), admin: address(admin) })}\n`)
  await rename(draft, file)
}

const address = (l: Listener | undefined) => (l ? { host: l.host, port: l.port } : null)

function announce(wired: Wired, [instance, admin]: [Listener, Listener]): void {
  const url = (l: Listener) => `http://${l.host.includes(':') ? `[${l.host}]` : l.host}:${l.port}`
  const lines = [
    `Vitrine is ready.`,
    `  instance API        ${url(instance)}/api/v1`,
    `  administration API  ${url(admin)}`,
    ...wired.notes.map((note) => `  ${note}`),
  ]
  console.log(lines.join('\n'))
}

function once(stop: (signal: string) => Promise<void>): (signal: string) => Promise<void> {
  let running: Promise<void> | undefined
  return (signal) => (running ??= stop(signal))
}

/** Runs the program with its environment and arguments. */
export async function run(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<void> {
  if (args.includes('--sample-config')) {
    console.log(sampleFile())
    return
  }
  try {
    await start(readSettings(env, existsSync(CONFIG) ? readFileSync(CONFIG, 'utf8') : null))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    if (env['VITRINE_LOG_LEVEL'] === 'debug') console.error(error)
    process.exit(1)
  }
}
