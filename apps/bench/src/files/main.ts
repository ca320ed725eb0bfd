/**
 * Measures how files come and go: downloads beside nginx and beside bare node:http serving the same files on the same machine, uploads
 * beside a plain stream to disk with SHA-256, and imports from a server of our own. Prints the table for docs/performance.md.
 */
import { spawn, execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { NODE_FLAGS } from '../../../server/src/node-flags.ts'
import type { Load, Loaded } from './load.ts'
import { startProcess } from '../process.ts'

const MIB = 1024 * 1024
const SERVER = path.resolve(import.meta.dirname, '../../../server/src/main.ts')
const LOAD = path.resolve(import.meta.dirname, 'load.ts')
const NGINX = ['/usr/sbin/nginx', '/usr/bin/nginx'].find((program) => existsSync(program))
const PASSWORD = 'bench-root-password'
const IMPORTS = 1000
const folder = await mkdtemp(path.join(tmpdir(), 'vitrine-bench-files-'))
await chmod(folder, 0o755)

const large = path.join(folder, 'large.bin')
const small = path.join(folder, 'small.bin')
await writeFile(large, randomBytes(100 * MIB))
await writeFile(small, randomBytes(64 * 1024))

const listening = (server: Server) =>
  new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))

/** The files of the folder, by bare node. */
const bare = createServer((request, response) => void sendFile(path.join(folder, path.basename(request.url ?? '')), response))

async function sendFile(file: string, response: ServerResponse): Promise<void> {
  const { size } = await stat(file)
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size })
  createReadStream(file, { highWaterMark: MIB }).pipe(response)
}

async function nginx(): Promise<{ port: number; stop: () => void } | undefined> {
  if (NGINX === undefined) return undefined
  const probe = createServer()
  const port = await listening(probe)
  await new Promise((resolve) => probe.close(resolve))
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')
  const http = `access_log off; sendfile on; tcp_nopush on; ${paths} server { listen 127.0.0.1:${port}; root ${folder}; keepalive_requests 1000000; }`
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  await writeFile(path.join(folder, 'nginx.conf'), `daemon off; ${user} pid ${folder}/nginx.pid; error_log stderr; events {} http { ${http} }`)
  const child = spawn(NGINX, ['-c', path.join(folder, 'nginx.conf')], { stdio: 'ignore' })
  for (let tries = 0; tries < 100; tries++) {
    if (
      await fetch(`http://127.0.0.1:${port}/small.bin`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      break
    await pause(50)
  }
  return { port, stop: () => void child.kill('SIGTERM') }
}

async function load(port: number, paths: readonly string[], connections: number): Promise<Loaded> {
  const wish: Load = { port, host: '127.0.0.1', paths, headers: {}, connections, warmUpMs: 1000, forMs: 5000 }
  const { stdout } = await promisify(execFile)(process.execPath, [LOAD, JSON.stringify(wish)])
  return JSON.parse(stdout) as Loaded
}

const remote = createServer((request, response) => {
  const body = Buffer.from(`small file ${request.url}`)
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
})
const remotePort = await listening(remote)
const barePort = await listening(bare)
const other = await nginx()
const server = await startProcess([...NODE_FLAGS, SERVER], /instance API\s+http:\/\/127\.0\.0\.1:(\d+)/, {
  ...process.env,
  VITRINE_DATA_DIR: path.join(folder, 'data'),
  VITRINE_PORT: '0',
  VITRINE_ADMIN_PORT: '0',
  VITRINE_LOG_LEVEL: 'error',
  VITRINE_ROOT_PASSWORD: PASSWORD,
  VITRINE_OPEN_HOSTS: `127.0.0.1:${remotePort}`,
})
const port = Number(new URL(server.base).port)
const memoryMb = (name: 'VmHWM' | 'VmRSS') =>
  Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)

const form = new URLSearchParams({ grant_type: 'password', client_id: 'vitrine-cli', username: 'root', password: PASSWORD })
const { access_token: token } = (await (await fetch(`${server.base}/api/oauth2/token`, { method: 'POST', body: form })).json()) as {
  access_token: string
}
const authorization = `Bearer ${token}`

interface Stored {
  readonly _id: number
  readonly status: string
  readonly versions: { readonly original: { readonly url: string } }
}

/** Sends a file as a browser would, without holding it in memory. */
async function upload(file: string): Promise<Stored> {
  const boundary = 'bench-boundary'
  async function* body() {
    yield Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${path.basename(file)}"\r\n\r\n`)
    yield* createReadStream(file, { highWaterMark: MIB })
    yield Buffer.from(`\r\n--${boundary}--\r\n`)
  }
  const headers = { authorization, 'content-type': `multipart/form-data; boundary=${boundary}` }
  const answer = await fetch(`${server.base}/api/v1/eas/put?produce_versions=[false]`, {
    method: 'PUT',
    headers,
    body: body() as never,
    duplex: 'half',
  } as RequestInit)
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(text)
  return (JSON.parse(text) as [Stored])[0]
}

/** What an upload cannot be faster than: the bytes over a socket, counted, written and flushed. */
async function plainUpload(): Promise<number> {
  const target = path.join(folder, 'plain.bin')
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const hash = createHash('sha256')
    request.on('data', (chunk: Buffer) => hash.update(chunk))
    await pipeline(request, createWriteStream(target, { highWaterMark: MIB }))
    const handle = await open(target)
    await handle.sync()
    await handle.close()
    response.end(hash.digest('hex'))
  }
  const sink = createServer((request, response) => void take(request, response))
  const at = await listening(sink)
  const started = performance.now()
  const body = createReadStream(large, { highWaterMark: MIB })
  await (await fetch(`http://127.0.0.1:${at}/`, { method: 'PUT', body: body as never, duplex: 'half' } as RequestInit)).text()
  const took = performance.now() - started
  sink.close()
  return took
}

const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0

async function uploads(): Promise<{ ours: number; plain: number; stored: Stored }> {
  let stored = await upload(large)
  await plainUpload()
  const [ours, plain]: [number[], number[]] = [[], []]
  for (let turn = 0; turn < 5; turn++) {
    const started = performance.now()
    stored = await upload(large)
    ours.push(performance.now() - started)
    plain.push(await plainUpload())
  }
  return { ours: median(ours), plain: median(plain), stored }
}

async function imports(): Promise<{ perSecond: number; allStoredMs: number }> {
  const wishes = Array.from({ length: IMPORTS }, (_, i) => ({ url: `http://127.0.0.1:${remotePort}/${i}.txt`, produce_versions: false }))
  const headers = { authorization, 'content-type': 'application/json' }
  const started = performance.now()
  const answer = await fetch(`${server.base}/api/v1/eas/rput/bulk`, { method: 'POST', headers, body: JSON.stringify(wishes) })
  if (answer.status !== 200) throw new Error(await answer.text())
  const ids = ((await answer.json()) as Stored[]).map(({ _id: id }) => id)
  const registered = performance.now() - started
  for (const limit = performance.now() + 120_000; performance.now() < limit; await pause(200)) {
    const list = await fetch(`${server.base}/api/v1/eas?format=short&ids=${JSON.stringify(ids)}`, { headers })
    const states = Object.values((await list.json()) as Record<string, Stored>).map(({ status }) => status)
    if (states.every((status) => status !== 'pending')) break
  }
  return { perSecond: IMPORTS / (registered / 1000), allStoredMs: performance.now() - started }
}

try {
  const { ours, plain, stored } = await uploads()
  const largePath = stored.versions.original.url.slice(server.base.length)
  const smallPath = (await upload(small)).versions.original.url.slice(server.base.length)
  const beside = other ? { name: 'nginx', port: other.port } : { name: 'bare node:http (nginx is not installed)', port: barePort }
  const before = memoryMb('VmRSS')
  const bytesPerSecond = async (at: number, of: string) => {
    const { bytes, seconds } = await load(at, [of], 4)
    return bytes / seconds / MIB
  }
  const [theirLarge, ourLarge] = [await bytesPerSecond(beside.port, '/large.bin'), await bytesPerSecond(port, largePath)]
  const after = memoryMb('VmHWM')
  const perSecond = async (at: number, of: string) => {
    const { requests, seconds } = await load(at, [of], 16)
    return requests / seconds
  }
  const [bareSmall, ourSmall] = [await perSecond(barePort, '/small.bin'), await perSecond(port, smallPath)]
  const { perSecond: registered, allStoredMs } = await imports()
  const met = (is: boolean) => (is ? 'met' : '**missed**')
  console.log(`
| files | server | beside | result | target | |
| --- | ---: | ---: | ---: | ---: | --- |
| download of 100 MiB, 4 at once | ${ourLarge.toFixed(0)} MiB/s | ${theirLarge.toFixed(0)} MiB/s (${beside.name}) | ${(ourLarge / theirLarge).toFixed(2)}× | ≥ 0.6× | ${met(ourLarge / theirLarge >= 0.6)} |
| memory of the server meanwhile | ${after} MB at most (${before} MB before) | | +${after - before} MB | < 150 MB more | ${met(after - before < 150)} |
| downloads of 64 KiB, 16 at once | ${ourSmall.toFixed(0)}/s | ${bareSmall.toFixed(0)}/s (bare node:http) | ${(ourSmall / bareSmall).toFixed(2)}× | ≥ 3000/s or ≥ 0.5× | ${met(ourSmall >= 3000 || ourSmall / bareSmall >= 0.5)} |
| upload of 100 MiB | ${ours.toFixed(0)} ms | ${plain.toFixed(0)} ms (stream to disk, SHA-256, flushed) | ${(plain / ours).toFixed(2)}× | ≥ 0.7× | ${met(plain / ours >= 0.7)} |
| ${IMPORTS} imports, registered | ${registered.toFixed(0)}/s | | | ≥ 300/s | ${met(registered >= 300)} |
| ${IMPORTS} imports, all stored | ${(allStoredMs / 1000).toFixed(1)} s | | | ≤ 30 s | ${met(allStoredMs <= 30_000)} |
`)
} finally {
  await server.stop()
  other?.stop()
  for (const one of [bare, remote]) {
    one.closeAllConnections()
    one.close()
  }
  await rm(folder, { recursive: true, force: true })
}
