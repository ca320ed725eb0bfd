/** The same operations as a client of the server sees them, over keep-alive connections. */
import { Agent, request } from 'node:http'
import type { Operations } from './measure.ts'
import { sampleFields } from './sample.ts'

const OBJECTTYPE = 'bench_item'

interface Stored {
  readonly _system_object_id: number
  readonly [OBJECTTYPE]: { readonly _id: number; readonly _version: number }
}

export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  readonly #base: URL
  #token = ''

  constructor(base: string) {
    this.#base = new URL(base)
  }

  async signIn(password: string, username = 'root'): Promise<void> {
    const form = new URLSearchParams({ grant_type: 'password', client_id: 'vitrine-cli', username, password }).toString()
    const text = await this.send('POST', '/api/oauth2/token', form, 'application/x-www-form-urlencoded')
    this.#token = (JSON.parse(text) as { access_token: string }).access_token
  }

  /** Answers the body; anything but 200 is a failure of the whole run. */
  send(method: string, path: string, body?: string, type = 'application/json'): Promise<string> {
    const headers: Record<string, string | number> = { host: this.#base.host }
    if (this.#token) headers['authorization'] = `Bearer ${this.#token}`
    if (body !== undefined) Object.assign(headers, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
    return new Promise((resolve, reject) => {
      const call = request({ host: this.#base.hostname, port: this.#base.port, agent: this.#agent, method, path, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          if (response.statusCode === 200) resolve(text)
          else reject(new Error(`${method} ${path} answered ${response.statusCode}: ${text.slice(0, 400)}`))
        })
      })
      call.on('error', reject)
      call.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

export async function createDatamodel(client: HttpClient): Promise<void> {
  const head = JSON.parse(await client.send('GET', '/api/v1/schema/user/HEAD')) as { version: number; tables: { name: string }[] }
  if (head.tables.some((t) => t.name === OBJECTTYPE)) return
  const column = (name: string, type: string) => ({ kind: 'column', name, type, not_null: false })
  const columns = [
    column('code', 'string'),
    column('title', 'text_l10n_oneline'),
    column('description', 'text'),
    column('note', 'text'),
    column('height', 'number'),
    column('weight', 'double'),
    column('made', 'date'),
    column('shown', 'boolean'),
  ]
  const table = { name: OBJECTTYPE, columns, foreign_keys: [], unique_keys: [{ columns: [{ column_name_hint: 'code' }] }] }
  await client.send('POST', '/api/v1/schema/user/HEAD', JSON.stringify({ ...head, tables: [...head.tables, table] }))
  await client.send('POST', '/api/v1/schema/commit?reindex=skip&confirm=yes')
}

export function httpOperations(client: HttpClient): Operations {
  const known: Stored[] = []
  const save = async (records: object[]) =>
    JSON.parse(await client.send('POST', `/api/v1/db/${OBJECTTYPE}?format=short`, JSON.stringify(records))) as Stored[]
  const record = (fields: object) => ({ _objecttype: OBJECTTYPE, _mask: '_all_fields', [OBJECTTYPE]: fields })
  const busy = new Set<number>()
  return {
    async create(count) {
      known.push(...(await save(Array.from({ length: count }, () => record({ _version: 1, ...sampleFields() })))))
    },
    async read() {
      const id = known[Math.floor(Math.random() * Math.min(1000, known.length))]?.[OBJECTTYPE]._id
      await client.send('GET', `/api/v1/db/${OBJECTTYPE}/_all_fields/${id}?format=long`)
    },
    async list(limit) {
      await client.send('GET', `/api/v1/db/${OBJECTTYPE}/_all_fields/list?format=long&limit=${limit}`)
    },
    async update() {
      // Two callers on one record would measure a lost race instead of an update.
      let i = Math.floor(Math.random() * Math.min(200, known.length))
      while (busy.has(i)) i = (i + 1) % known.length
      busy.add(i)
      const { _id, _version } = (known[i] as Stored)[OBJECTTYPE]
      const [stored] = await save([record({ _id, _version: _version + 1, ...sampleFields() })])
      known[i] = stored as Stored
      busy.delete(i)
    },
  }
}

/** The same requests to the bare server: as many bytes out and in, none of the rest. */
export function bareOperations(client: HttpClient): Operations {
  const body = (count: number) => JSON.stringify(Array.from({ length: count }, () => sampleFields()))
  return {
    create: (count) => client.send('POST', `/create/${count}`, body(count)),
    read: () => client.send('GET', '/read'),
    list: (limit) => client.send('GET', `/list/${limit}`),
    update: () => client.send('POST', '/update', body(1)),
  }
}
