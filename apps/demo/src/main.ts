/** `npm run demo`: reads the command line and the environment, finds or starts a server, runs the demo, stops what it started. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { ConnectionError } from '@vitrine/sdk'
import { runDemo } from './demo.ts'
import { readOptions, USAGE, type DemoOptions } from './options.ts'
import { findOrStartServer, type RunningServer } from './server.ts'

const SAMPLE = path.resolve(import.meta.dirname, '../sample')
const dataDir = path.resolve(process.env['VITRINE_DATA_DIR'] ?? './data')

async function passwordOf(options: DemoOptions): Promise<string> {
  if (options.password !== null) return options.password
  const file = path.join(dataDir, 'root-password')
  const kept = await readFile(file, 'utf8').catch(() => null)
  const password = kept?.trim() ?? process.env['VITRINE_ROOT_PASSWORD']
  if (!password) throw new Error(`no password: give --password, or VITRINE_DATA_DIR of a server that keeps one (${file})`)
  return password
}

async function main(options: DemoOptions): Promise<boolean> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error('stopped; run it again to go on')))
  let server: RunningServer | undefined
  try {
    if (options.url === null) server = await findOrStartServer(dataDir, process.env)
    const url = options.url ?? server?.url ?? ''
    const password = await passwordOf(options)
    const folder = options.from === null ? SAMPLE : path.resolve(options.from)
    const { user, batch, inFlight } = options
    const complete = await runDemo({ url, user, password, folder, batch, inFlight, screen: process.stdout, signal: stop.signal })
    const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
    const peak = await server?.peakBytes()
    console.log(`  memory at most: ${peak ? `server ${megabytes(peak)}, ` : ''}this program ${megabytes(process.resourceUsage().maxRSS * 1024)}`)
    return complete
  } finally {
    await server?.stop()
  }
}

try {
  const options = readOptions(process.argv.slice(2).filter((arg) => arg !== '--'))
  if (options) process.exitCode = (await main(options)) ? 0 : 1
  else console.log(USAGE)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  if (error instanceof ConnectionError) console.error('What was saved is kept; run it again to go on.')
  process.exitCode = 1
}
