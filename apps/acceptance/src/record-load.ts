/**
 * Many clients on few records: saves, deletions and returns from the trash, with versions that are fresh and versions that are
 * not. Every write carries a word of its own as its comment, so that the history of a record tells which writes it has seen.
 *
 * Of each write it is known whether it was acknowledged, refused, or neither, because the server died meanwhile. An acknowledged
 * one has to be in the history for good, a refused one must not be, and of the others each may be or not.
 */
import { instanceFetch } from './judged.ts'
import type { ServerProcess } from './server-process.ts'

export const RECORDS = 50
export const CLIENTS = 16
/** What a client may be told that comes too late, or meets somebody else. */
const REFUSALS = new Set(['VersionMismatch', 'LookupNotFound', 'DatabaseUniqueKeyViolation', 'DatabaseLockError'])
const TYPE = 'thing'

type Operation = 'INSERT' | 'UPDATE' | 'DELETE' | 'UNDELETE'
export interface Write {
  readonly id: number
  readonly version: number
  readonly operation: Operation
  readonly word: string
}
interface Version {
  readonly version: number
  readonly comment: string | null
}

/** Numbers that look random and are the same in every run with the same seed. */
export function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly requestId: string | null
}

/** An answer that no client has a right to ends the test; what the server has written last comes with it. */
export class UnforeseenAnswer extends Error {
  static async of(server: ServerProcess, { status, body, requestId }: Answer, request: string): Promise<UnforeseenAnswer> {
    const lines = await server.lastLinesAbout(requestId)
    return new UnforeseenAnswer(`${status} ${JSON.stringify(body)} to ${request}\nThe server's last lines:\n${lines}`)
  }
}

export class RecordLoad {
  readonly acknowledged: Write[] = []
  readonly refused: Write[] = []
  /** Sent, and never answered. */
  readonly open: Write[] = []
  readonly codes = new Map<string, number>()
  /** What a client that has been told everything would believe. */
  readonly #versions = new Map<number, number>()
  readonly #trash = new Set<number>()
  #server: ServerProcess
  #token = ''
  #words = 0

  constructor(server: ServerProcess) {
    this.#server = server
  }

  /** Makes the datamodel and the records. */
  async prepare(): Promise<void> {
    await this.use(this.#server)
    const column = (name: string, type: string) => ({ kind: 'column', name, type })
    const thing = {
      name: TYPE,
      columns: [column('title', 'text'), column('code', 'string'), column('next', 'link')],
      foreign_keys: [{ columns: [{ column_name_hint: 'next' }], referenced_table: { name_hint: TYPE } }],
      unique_keys: [{ columns: [{ column_name_hint: 'code' }] }],
    }
    await this.#demand('POST', '/api/v1/schema/user/HEAD', { version: 1, type: 'user', tables: [thing] })
    await this.#demand('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip')
    const words = Array.from({ length: RECORDS }, () => this.#word())
    const saved = (await this.#demand(
      'POST',
      `/api/v1/db/${TYPE}`,
      words.map((word) => recordOf({ title: word }, word)),
    )) as {
      thing: { _id: number }
    }[]
    saved.forEach(({ thing: { _id: id } }, i) => {
      this.acknowledged.push({ id, version: 1, operation: 'INSERT', word: words[i] ?? '' })
      this.#versions.set(id, 1)
    })
  }

  /** Goes on with this server, as everybody has to who finds the old one gone. */
  async use(server: ServerProcess): Promise<void> {
    this.#server = server
    this.#token = await server.signIn()
    if (this.#versions.size > 0) await this.#lookAround()
  }

  /** What became of the writes without an answer shows in the records that are there. */
  async #lookAround(): Promise<void> {
    const list = (await this.#demand('GET', `/api/v1/db/${TYPE}/_all_fields/list?format=long&limit=${RECORDS}`)) as {
      thing: { _id: number; _version: number }
    }[]
    const there = new Set(list.map(({ thing }) => thing._id))
    for (const { thing } of list) this.#learn(thing._id, thing._version)
    for (const id of this.#versions.keys())
      if (there.has(id)) this.#trash.delete(id)
      else this.#trash.add(id)
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

  /** False when the server did not answer. */
  async #turn(random: (below: number) => number): Promise<boolean> {
    const ids = [...this.#versions.keys()]
    const kind = random(10)
    const operation: Operation = kind < 6 ? 'UPDATE' : kind < 8 ? 'DELETE' : 'UNDELETE'
    // Mostly records that it can be done with, as far as anybody knows.
    const fitting = ids.filter((id) => this.#trash.has(id) === (operation === 'UNDELETE'))
    const from = fitting.length > 0 && random(6) > 0 ? fitting : ids
    const chosen = [...new Set(Array.from({ length: 1 + random(4) }, () => from[random(from.length)] ?? 0))]
    // One of five believes something that was true earlier, or never.
    const believed = (id: number) => Math.max(1, (this.#versions.get(id) ?? 1) - (random(5) === 0 ? 1 : 0))
    const word = this.#word()
    const writes = chosen.map((id): Write => ({ id, version: believed(id) + 1, operation, word }))
    const link = (id: number) => ({ _objecttype: TYPE, _mask: '_all_fields', [TYPE]: { _id: id } })
    const fields = () => ({ title: word, code: `code ${random(80)}`, ...(random(3) === 0 && { next: link(ids[random(ids.length)] ?? 0) }) })
    const request =
      operation === 'UPDATE'
        ? this.#send(
            'POST',
            `/api/v1/db/${TYPE}?format=short`,
            writes.map(({ id, version }) => recordOf({ _id: id, _version: version, ...fields() }, word)),
          )
        : this.#send(
            'DELETE',
            `/api/v1/db/${TYPE}${operation === 'DELETE' ? '' : '?delete_policy=undelete'}`,
            writes.map(({ id, version }) => [id, version - 1, word]),
          )
    return this.#settle(writes, request)
  }

  async #settle(writes: readonly Write[], request: Promise<Answer>): Promise<boolean> {
    let answer: Answer
    try {
      answer = await request
    } catch (error) {
      if (!isLost(error)) throw error
      this.open.push(...writes)
      return false
    }
    const { status, body } = answer
    const { code = '' } = body as { code?: string }
    this.#count(status === 200 || status === 202 ? String(status) : code)
    if (status === 200) {
      this.acknowledged.push(...writes)
      for (const { id, version, operation } of writes) {
        this.#learn(id, version)
        if (operation === 'DELETE') this.#trash.add(id)
        else this.#trash.delete(id)
      }
      return true
    }
    // 202: other records link to one that would go.
    if (status !== 202 && !REFUSALS.has(code)) throw await UnforeseenAnswer.of(this.#server, answer, JSON.stringify(writes))
    this.refused.push(...writes)
    const { currentversion } = (body as { parameters?: { currentversion?: number } }).parameters ?? {}
    const [first] = writes
    if (currentversion !== undefined && writes.length === 1 && first) this.#learn(first.id, currentversion)
    return true
  }

  #learn(id: number, version: number): void {
    this.#versions.set(id, Math.max(version, this.#versions.get(id) ?? 0))
  }

  /** Brings everything back from the trash and answers each record's history, and its title at each version. */
  async histories(): Promise<ReadonlyMap<number, { readonly versions: readonly Version[]; readonly titles: ReadonlyMap<number, unknown> }>> {
    const found = new Map<number, { versions: Version[]; titles: Map<number, unknown> }>()
    for (const id of this.#versions.keys()) {
      await this.#bringBack(id)
      const path = `/api/v1/db/${TYPE}/_all_fields/${id}`
      const [newest] = (await this.#demand('GET', `${path}?format=full`)) as { _changelog?: Version[] }[]
      const all = (await this.#demand('GET', `${path}?format=long&all_versions=true`)) as { thing: { _version: number; title?: string } }[]
      found.set(id, { versions: newest?._changelog ?? [], titles: new Map(all.map(({ thing }) => [thing._version, thing.title])) })
    }
    return found
  }

  async #bringBack(id: number): Promise<void> {
    for (let version = this.#versions.get(id) ?? 1, tries = 0; tries < 3; tries++) {
      const word = this.#word()
      const write: Write = { id, version: version + 1, operation: 'UNDELETE', word }
      const answer = await this.#send('DELETE', `/api/v1/db/${TYPE}?delete_policy=undelete`, [[id, version, word]])
      const { status, body } = answer
      const { code, parameters } = body as { code?: string; parameters?: { currentversion?: number } }
      if (status === 200) this.acknowledged.push(write)
      // Not in the trash.
      if (status === 200 || code === 'LookupNotFound') return
      if (code !== 'VersionMismatch') throw await UnforeseenAnswer.of(this.#server, answer, JSON.stringify(write))
      version = parameters?.currentversion ?? version
    }
  }

  #word(): string {
    return `write ${++this.#words}`
  }

  #count(what: string): void {
    this.codes.set(what, (this.codes.get(what) ?? 0) + 1)
  }

  async #send(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await instanceFetch(`${this.#server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json(), requestId: response.headers.get('x-request-id') }
  }

  async #demand(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.#send(method, path, body)
    if (answer.status !== 200) throw await UnforeseenAnswer.of(this.#server, answer, `${method} ${path}`)
    return answer.body
  }
}

const recordOf = (fields: object, word: string) => ({ _objecttype: TYPE, _mask: '_all_fields', _comment: word, [TYPE]: fields })

/** The connection failed, or ended in the middle of an answer. */
export const isLost = (error: unknown) =>
  error instanceof TypeError && /fetch failed|terminated|other side closed/.test(`${error.message} ${String(error.cause)}`)
