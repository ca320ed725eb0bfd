/**
 * Many clients that bring files, each with bytes of its own: in forms of one or several, at once or slowly, or from another server;
 * and some that leave in the middle. Of each file it is known whether it was acknowledged, refused, or neither because the server
 * died meanwhile. An acknowledged one has to be there for good, a refused one must not be, and of the others each may be or not.
 */
import { Readable } from 'node:stream'
import { bytesOf, sha256Of, slowly, type Content, type Origin } from './file-contents.ts'
import { instanceFetch } from './judged.ts'
import { isLost, numbers, UnforeseenAnswer } from './record-load.ts'
import type { ServerProcess } from './server-process.ts'

const CLIENTS = 6
const MOST_BYTES = 400_000
const BOUNDARY = 'a-boundary-that-no-content-has'
const ASKED_AT_ONCE = 500
type Random = (below: number) => number

interface Brought {
  readonly id: number
  readonly sha256: string
}
interface Descriptor {
  readonly _id: number
  readonly status: string
  readonly hash: string
  readonly filesize?: number
  readonly versions: { readonly original?: { readonly path?: string } }
}

export class FileLoad {
  readonly acknowledged: Brought[] = []
  /** Sent, and answered by nobody, or with a failure after which nothing is certain. */
  readonly open = new Set<string>()
  readonly refused = new Set<string>()
  readonly counts = new Map<string, number>()
  readonly #origin: Origin
  #server: ServerProcess
  #token = ''
  #words = 0

  constructor(server: ServerProcess, origin: Origin) {
    this.#server = server
    this.#origin = origin
  }

  get token(): string {
    return this.#token
  }

  /** Goes on with this server, as everybody has to who finds the old one gone. */
  async use(server: ServerProcess): Promise<void> {
    this.#server = server
    this.#token = await server.signIn()
  }

  /** All clients at once, until `goesOn` says no or the server is gone. */
  async run(seed: number, goesOn: () => boolean): Promise<void> {
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        const random = numbers(seed * CLIENTS + client)
        while (goesOn()) if (!(await this.#turn(random))) return
      }),
    )
  }

  /** So many clients that go away in the middle, at once. */
  async leave(count: number): Promise<void> {
    const contents = (n: number) => [1, 2].map((part): Content => ({ word: `left-${n}-${part}`, sizeBytes: MOST_BYTES }))
    await Promise.all(Array.from({ length: count }, (_, n) => this.#leave(contents(n))))
  }

  /** False when the server did not answer. */
  async #turn(random: Random): Promise<boolean> {
    const contents = Array.from({ length: 1 + random(3) }, (): Content => ({ word: `file-${++this.#words}`, sizeBytes: 20 + random(MOST_BYTES) }))
    const way = random(8)
    if (way === 0) return this.#leave(contents)
    if (way < 4) return this.#settle('import', contents, this.#import(contents, random))
    return this.#settle('upload', contents, this.#upload(contents, random(3) === 0))
  }

  #upload(contents: readonly Content[], isSlow: boolean): Promise<Response> {
    return this.#send('PUT', '/api/v1/eas/put', {
      body: isSlow ? streamOf(slowForm(contents)) : formOf(contents),
      type: `multipart/form-data; boundary=${BOUNDARY}`,
    })
  }

  #import(contents: readonly Content[], random: Random): Promise<Response> {
    const wishes = contents.map((content) => ({
      url: this.#origin.urlOf(content),
      filename: `${content.word}.bin`,
      ...(random(2) === 0 && { skip_head_request: true }),
    }))
    const [only, ...others] = wishes
    if (only && others.length === 0)
      return this.#send('POST', `/api/v1/eas/rput?${new URLSearchParams({ url: only.url, filename: only.filename }).toString()}`)
    return this.#send('POST', '/api/v1/eas/rput/bulk', { body: JSON.stringify(wishes), type: 'application/json' })
  }

  /** A client that goes away before its form has come to its end. */
  async #leave(contents: readonly Content[]): Promise<boolean> {
    const leaving = new AbortController()
    for (const content of contents) this.refused.add(sha256Of(bytesOf(content)))
    async function* half() {
      const form = formOf(contents)
      yield form.subarray(0, form.byteLength / 2)
      leaving.abort()
      // A client that has left says nothing any more.
      await new Promise(() => undefined)
    }
    try {
      await this.#send('PUT', '/api/v1/eas/put', {
        body: streamOf(half()),
        type: `multipart/form-data; boundary=${BOUNDARY}`,
        signal: leaving.signal,
      })
    } catch (error) {
      if (leaving.signal.aborted) this.#count('client that left')
      else if (isLost(error)) return false
      else throw error
    }
    return true
  }

  async #settle(way: string, contents: readonly Content[], request: Promise<Response>): Promise<boolean> {
    const hashes = contents.map((content) => sha256Of(bytesOf(content)))
    let answer: { status: number; body: unknown; requestId: string | null }
    try {
      const response = await request
      answer = { status: response.status, body: await response.json(), requestId: response.headers.get('x-request-id') }
    } catch (error) {
      if (!isLost(error)) throw error
      for (const hash of hashes) this.open.add(hash)
      return false
    }
    const { status, body } = answer
    if (status === 200) {
      this.#count(way)
      ;(body as Descriptor[]).forEach(({ _id }, i) => this.acknowledged.push({ id: _id, sha256: hashes[i] ?? '' }))
    } else if (status === 503) {
      // The database or the store was away, and with it the answer to whether it is done.
      this.#count('503')
      for (const hash of hashes) this.open.add(hash)
    } else throw await UnforeseenAnswer.of(this.#server, answer, `${way} of ${contents.map(({ word }) => word).join(', ')}`)
    return true
  }

  /** Every file there is, by what the server says of it. */
  async files(): Promise<Descriptor[]> {
    const last = Math.max(...(await this.#bringOne()).map(({ _id }) => _id))
    const found: Descriptor[] = []
    for (let first = 1; first <= last; first += ASKED_AT_ONCE) {
      const ids = Array.from({ length: ASKED_AT_ONCE }, (_, i) => first + i)
      const response = await this.#send('GET', `/api/v1/eas?ids=${encodeURIComponent(JSON.stringify(ids))}`)
      if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
      found.push(...Object.values((await response.json()) as Record<string, Descriptor>))
    }
    return found
  }

  /** SHA-256 of what a download of the file brings; a text that says why where it brings nothing. */
  async download({ _id, versions }: Descriptor): Promise<string> {
    const path = versions.original?.path
    if (path === undefined) return `file ${_id} has no bytes`
    const response = await this.#send('GET', path)
    return response.status === 200 ? sha256Of(new Uint8Array(await response.arrayBuffer())) : `${response.status} ${await response.text()}`
  }

  /** Ids rise, but for gaps: the newest file has the highest. */
  async #bringOne(): Promise<Descriptor[]> {
    const content = { word: `file-${++this.#words}`, sizeBytes: 100 }
    const response = await this.#upload([content], false)
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
    const brought = (await response.json()) as Descriptor[]
    for (const { _id } of brought) this.acknowledged.push({ id: _id, sha256: sha256Of(bytesOf(content)) })
    return brought
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  #send(method: string, path: string, sent?: { readonly body: BodyInit; readonly type: string; readonly signal?: AbortSignal }): Promise<Response> {
    return instanceFetch(`${this.#server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...(sent && { 'content-type': sent.type }) },
      ...(sent && { body: sent.body, duplex: 'half', ...(sent.signal && { signal: sent.signal }) }),
    })
  }
}

const headOf = ({ word }: Content) => `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="${word}.bin"\r\n\r\n`
const TAIL = `--${BOUNDARY}--\r\n`

const formOf = (contents: readonly Content[]): Buffer<ArrayBuffer> =>
  Buffer.concat([...contents.flatMap((content) => [Buffer.from(headOf(content)), bytesOf(content), Buffer.from('\r\n')]), Buffer.from(TAIL)])

async function* slowForm(contents: readonly Content[]): AsyncGenerator<Uint8Array> {
  for (const content of contents) {
    yield Buffer.from(headOf(content))
    yield* slowly(bytesOf(content))
    yield Buffer.from('\r\n')
  }
  yield Buffer.from(TAIL)
}

const streamOf = (chunks: AsyncIterable<Uint8Array>): BodyInit => Readable.toWeb(Readable.from(chunks, { objectMode: false })) as BodyInit
