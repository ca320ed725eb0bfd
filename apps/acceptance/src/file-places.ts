/** Where a server under test keeps its files: how it is told so, and what lies there as seen from outside. */
import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { BlobStoresHere } from '@vitrine/drivers/storage'
import { azureService, plainAgents, swiftService } from '@vitrine/drivers/storage-services'
import { sha256Of } from './file-contents.ts'
import { instanceFetch } from './judged.ts'
import type { ServerProcess } from './server-process.ts'

type Settings = Parameters<BlobStoresHere['open']>[0]
export type Driver = Settings['kind']

export interface FilePlace {
  /** What the server may reach besides what is open anyway. */
  readonly openHosts: readonly string[]
  /** Makes all new files go there. */
  use(server: ServerProcess, token: string): Promise<void>
  /** SHA-256 of everything that lies there. */
  objects(): Promise<string[]>
  /** What unfinished writes have left behind. */
  leftovers(): Promise<string[]>
  close(): void
}

const CONTAINER_WORD = () => `vitrine-kill-${randomUUID()}`

/** Null where its server cannot be started. */
export async function filePlace(driver: Driver, dataDir: string): Promise<FilePlace | null> {
  const settings = await settingsFor(driver)
  if (!settings) return null
  const agents = plainAgents()
  const store = new BlobStoresHere({ filesRoot: path.join(dataDir, 'files'), agents }).open(settings, '')
  return {
    openHosts: hostsOf(settings),
    use: (server, token) => (driver === 'file' ? Promise.resolve() : useLocation(server, token, settings)),
    async objects() {
      const found: string[] = []
      for await (const { key } of store.list('')) found.push(sha256Of(await buffer(await store.get(key))))
      return found.toSorted()
    },
    leftovers: () => (driver === 'file' ? readdir(path.join(dataDir, 'files', '.incoming')) : Promise.resolve([])),
    close: () => agents.destroy(),
  }
}

async function settingsFor(driver: Driver): Promise<Settings | null> {
  if (driver === 'file') return { kind: 'file', dir: '.' }
  const container = CONTAINER_WORD()
  if (driver === 'azure') {
    const service = await azureService()
    return service && { kind: 'azure', container, connection_string: service.connectionString }
  }
  const service = await swiftService()
  if (!service) return null
  if (driver === 'swift')
    return { kind: 'swift', container, auth_url: service.authUrl, username: service.user, password: service.key, temp_url_key: null }
  const { endpoint, region, accessKey: accesskey, secretKey: secretkey } = service.s3
  return { kind: 's3', bucket: container, endpoint, region, accesskey, secretkey, ssl: false, pathstyle: true }
}

function hostsOf(settings: Settings): string[] {
  if (settings.kind === 's3') return [settings.endpoint]
  if (settings.kind === 'swift') return [new URL(settings.auth_url).host]
  if (settings.kind === 'azure' && 'connection_string' in settings)
    return [new URL(/BlobEndpoint=([^;]+)/.exec(settings.connection_string)?.[1] ?? '').host]
  return []
}

async function useLocation(server: ServerProcess, token: string, { kind, ...config }: Settings): Promise<void> {
  const send = async (method: string, where: string, body: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await instanceFetch(`${server.url}/api/v1/system/location/${where}`, { method, headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${where} of a location of the kind ${kind}: ${response.status} ${await response.text()}`)
    return response.json()
  }
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null))
  const { id } = (await send('POST', 'new', { id: 0, kind, name: kind, config: { [kind]: given } })) as { id: number }
  await send('POST', 'defaults', { originals: id, versions: id, backups: id })
}
