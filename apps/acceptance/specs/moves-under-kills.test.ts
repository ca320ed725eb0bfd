/**
 * Files that are being moved are there at every moment, whatever happens to the server that moves them: it is killed at random
 * moments, started again, and goes on by itself. VITRINE_RELIABILITY=long kills more often; VITRINE_RELIABILITY_SEED repeats a run.
 */
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { instanceFetch } from '../src/judged.ts'
import { numbers } from '../src/record-load.ts'
import { dataFolder, ServerProcess } from '../src/server-process.ts'

const KILLS = process.env['VITRINE_RELIABILITY'] === 'long' ? 12 : 2
const FILES = 120
const LARGE_BYTES = 6 * 1024 * 1024
const PATIENCE_MS = 120_000
const seed = Number(process.env['VITRINE_RELIABILITY_SEED'] ?? 7)
console.log(`moves under kills: seed ${seed}, ${KILLS} kills`)

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

interface Stored {
  readonly id: number
  readonly hash: string
}
interface Progress {
  readonly state: string
  readonly done_files: number
  readonly total_files: number
  readonly failed_files: number
}

class Client {
  readonly #server: ServerProcess
  readonly #token: string

  constructor(server: ServerProcess, token: string) {
    this.#server = server
    this.#token = token
  }

  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${this.#token}`, ...(!(body instanceof FormData) && { 'content-type': 'application/json' }) }
    const sent = body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }
    const response = await instanceFetch(`${this.#server.url}/api/v1${path}`, { method, headers, ...sent })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  async upload(contents: readonly Uint8Array<ArrayBuffer>[]): Promise<Stored[]> {
    const form = new FormData()
    contents.forEach((content, n) => form.append('file', new File([content], `${n}.bin`)))
    const files = await this.call<{ _id: number; hash: string }[]>('PUT', '/eas/put', form)
    return files.map(({ _id: id, hash }) => ({ id, hash }))
  }

  /** The SHA-256 of what is downloaded. */
  async downloaded({ id, hash }: Stored): Promise<{ status: number; sha256: string }> {
    const headers = { authorization: `Bearer ${this.#token}` }
    const response = await fetch(`${this.#server.url}/api/v1/eas/download/${id}/${hash}/original`, { headers })
    const bytes = new Uint8Array(await response.arrayBuffer())
    return { status: response.status, sha256: createHash('sha256').update(bytes).digest('hex') }
  }
}

it('files that are being moved stay readable while the server is killed again and again', { timeout: KILLS * 120_000 + 240_000 }, async () => {
  const { dir, remove } = await dataFolder()
  cleanups.push(remove)
  const random = numbers(seed)
  const started = async () => {
    const server = await ServerProcess.start(dir)
    cleanups.push(() => server.stop())
    return { server, client: new Client(server, await server.signIn()) }
  }
  let { server, client } = await started()
  const location = { id: 0, kind: 'file', name: 'archive', config: { file: { dir: 'archive' } } }
  const { id: target } = await client.call<{ id: number }>('POST', '/system/location/new', location)
  const [{ id: source }] = await client.call<[{ id: number }]>('GET', '/system/location/list')

  const contents = Array.from({ length: FILES }, (_, n) => randomBytes(n % 20 === 0 ? LARGE_BYTES : 1 + random(60_000)))
  const files: Stored[] = []
  for (let at = 0; at < FILES; at += 10) files.push(...(await client.upload(contents.slice(at, at + 10))))
  expect(files.map(({ hash }) => hash)).toEqual(contents.map((content) => createHash('sha256').update(content).digest('hex')))

  const wrong: string[] = []
  let reads = 0
  const reading = new AbortController()
  /** Reads files in any order for as long as it takes. A server that is dead answers nothing, and that is all that may go wrong. */
  const reader = async () => {
    while (!reading.signal.aborted) {
      const file = files[random(FILES)]
      if (!file) throw new Error('there are no files')
      const answer = await client.downloaded(file).catch(() => null)
      if (!answer) await pause(20)
      else if (answer.status !== 200 || answer.sha256 !== file.hash) wrong.push(`file ${file.id}: ${answer.status} ${answer.sha256}`)
      else reads++
    }
  }
  const readers = [reader(), reader()]

  const progress = () => client.call<Progress>('GET', `/system/location/${source}/move`)
  await client.call('POST', `/system/location/${source}/move`, { target })
  const untilDone = async (count: number): Promise<Progress> => {
    for (const deadline = Date.now() + PATIENCE_MS; ; await pause(10)) {
      const told = await progress()
      if (told.done_files >= count || !['running', 'stopping'].includes(told.state)) return told
      if (Date.now() > deadline) throw new Error(`the move does not go on: ${JSON.stringify(told)} ${server.output.join('').slice(-2000)}`)
    }
  }
  let kills = 0
  for (let reached = await untilDone(1 + random(10)); reached.state === 'running' && kills < KILLS;) {
    await pause(random(30))
    await server.kill('SIGKILL')
    kills++
    ;({ server, client } = await started())
    reached = await untilDone(reached.done_files + 1 + random(FILES / KILLS))
  }
  const end = await untilDone(FILES + 1)
  reading.abort()
  await Promise.all(readers)
  console.log(`${kills} kills, ${reads} reads`)
  expect(wrong).toEqual([])
  expect(end).toMatchObject({ state: 'done', done_files: FILES, failed_files: 0 })
  expect(kills).toBeGreaterThan(0)
  for (const file of files) expect(await client.downloaded(file)).toEqual({ status: 200, sha256: file.hash })

  // What lies in both places is what is known of them; what was half copied is known to the journal.
  for (const id of [source, target]) {
    await client.call('POST', `/system/location/${id}/scrub`)
    const report = () => client.call<{ state: string }>('GET', `/system/location/${id}/scrub`)
    for (const deadline = Date.now() + PATIENCE_MS; (await report()).state === 'running' && Date.now() < deadline;) await pause(50)
    expect(await report()).toMatchObject({ state: 'done', checked: id === target ? FILES : 0, missing: 0, changed: 0, extra: 0, unreadable: 0 })
  }
})
