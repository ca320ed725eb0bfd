/** For tests only: files in locations in memory, where a test may do what the world does to objects while work goes on. */
import { createHash } from 'node:crypto'
import type { JobName } from '@vitrine/domain/jobs'
import type { BlobStore, BlobStores } from '@vitrine/domain/ports/blob-store'
import { formOf } from '../../testing/forms.ts'
import { memoryStores, type MemoryStores } from '../../testing/memory-stores.ts'
import type { TestInstance, TestServer } from '../../testing/test-server.ts'

export const PATH = '/api/v1/system/location'
export const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')

export interface WatchedStores extends BlobStores {
  readonly memory: MemoryStores
  /** After each object that has been written; what it throws is a failure of the store. */
  afterPut: (folder: string, key: string) => Promise<void>
  /** Before each object that is read. */
  beforeGet: (folder: string, key: string) => Promise<void>
}

export function watchedStores(): WatchedStores {
  const memory = memoryStores()
  const watched: WatchedStores = {
    memory,
    afterPut: () => Promise.resolve(),
    beforeGet: () => Promise.resolve(),
    open(settings, prefix) {
      const folder = settings.kind === 'file' ? settings.dir : settings.kind
      const store = memory.open(settings, prefix)
      const put: BlobStore['put'] = async (key, body, options) => {
        const stored = await store.put(key, body, options)
        await watched.afterPut(folder, `${prefix}${key}`)
        return stored
      }
      const get: BlobStore['get'] = async (key, options) => {
        await watched.beforeGet(folder, `${prefix}${key}`)
        return store.get(key, options)
      }
      // Methods of the class need their own object.
      return new Proxy(store, {
        get(target, name: keyof BlobStore) {
          if (name === 'put') return put
          if (name === 'get') return get
          const value = target[name]
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    },
  }
  return watched
}

export interface Brought {
  readonly id: number
  readonly content: string
}

export function shelvesOn(server: TestServer, stores: WatchedStores, at: TestInstance) {
  const db = server.database.tenant(at.id)
  const objectsIn = (folder: string) => {
    const place = [...stores.memory.places].find(([settings]) => settings === JSON.stringify({ kind: 'file', dir: folder }))?.[1]
    return new Map([...(place ?? new Map())].filter(([key]) => key.includes(at.id))) as NonNullable<typeof place>
  }
  const placeOf = (folder: string) => [...stores.memory.places].find(([settings]) => settings === JSON.stringify({ kind: 'file', dir: folder }))?.[1]
  return {
    ...at,
    db,
    objectsIn,
    /** A location in a folder of its own. */
    async shelf(dir: string, more: object = {}): Promise<number> {
      const { status, body, text } = await at.api('POST', `${PATH}/new`, { id: 0, kind: 'file', config: { file: { dir } }, ...more })
      if (status !== 200) throw new Error(text)
      return body.id as number
    },
    async first(): Promise<number> {
      return (await at.api('GET', `${PATH}/list`)).body[0].id as number
    },
    async bring(...contents: string[]): Promise<Brought[]> {
      const files = Object.fromEntries(contents.map((content, n) => [`${n}.bin`, content]))
      const { status, body, text } = await at.api('PUT', '/api/v1/eas/put', formOf(files))
      if (status !== 200) throw new Error(text)
      return (body as { _id: number }[]).map(({ _id }, n) => ({ id: _id, content: contents[n] ?? '' }))
    },
    read: ({ id, content }: Brought) => at.api('GET', `/api/v1/eas/download/${id}/${sha256(content)}/original`),
    async rowOf(id: number) {
      const [row] = await db.read(
        (sql) => sql<{ location: number; key: string; problem: string | null; state: string }[]>`
          select location_id::int as location, storage_key as key, problem, state from file where instance_id = ${at.id} and id = ${id}`,
      )
      if (!row) throw new Error(`there is no file ${id}`)
      return row
    },
    /** The whole key of the object of a file. */
    async objectOf(id: number): Promise<string> {
      const { key } = await this.rowOf(id)
      return `vitrine-${at.id}/${key}`
    },
    /** As the world does: other bytes, or none with null. */
    tamper(folder: string, key: string, bytes: string | null): void {
      const place = placeOf(folder)
      if (bytes === null) place?.delete(key)
      else place?.set(key, { bytes: Buffer.from(bytes), modifiedAt: new Date(0) })
    },
    journal: () =>
      db.read(
        (sql) => sql<{ location: number; key: string; due: boolean }[]>`
          select location_id::int as location, storage_key as key, not_before <= now() as due from file_journal where instance_id = ${at.id} order by 1, 2`,
      ),
    /** Makes every line of the journal due. */
    async passGrace(): Promise<void> {
      await db.write((sql) => sql`update file_journal set not_before = now() - interval '1s' where instance_id = ${at.id}`)
    },
    async run(name: JobName, payload: object = {}, last = false): Promise<void> {
      await server.jobs[name]({ instance: at.id, payload, key: 'test', signal: new AbortController().signal, last })
    },
    /** Runs the newest work on locations, as often as it takes. */
    async work(name: 'location-move' | 'location-scrub', last = false): Promise<void> {
      const kind = name === 'location-move' ? 'move' : 'scrub'
      const open = () =>
        db.read(
          (sql) => sql<{ id: number }[]>`
          select id::int as id from storage_task where instance_id = ${at.id} and kind = ${kind} and ended_at is null order by id`,
        )
      for (let [task] = await open(); task; [task] = await open()) await this.run(name, { task: task.id }, last)
    },
    async events(type: string) {
      return db.read(
        (sql) => sql<{ file: number; info: Record<string, unknown> }[]>`
        select object_id::int as file, info from event where instance_id = ${at.id} and type = ${type} order by seq`,
      )
    },
  }
}
export type Shelves = ReturnType<typeof shelvesOn>
