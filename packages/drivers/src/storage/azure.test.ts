/** Azure's blob store as Azurite imitates it. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { troubleOf } from '../conformance/blob-store-bodies.ts'
import { blobStoreConformance } from '../conformance/blob-store.ts'
import { AzureBlobStore, type AzureBlobStoreOptions } from './azure.ts'
import type { AzureSettings } from './azure-client.ts'
import { PATIENCE } from './http.ts'
import type { PartLimits } from './parts.ts'
import { azureService, plainAgents, type AzureService } from './testing/services.ts'

const service = await azureService()
const PARTS: PartLimits = { partBytes: 100_000, maxPartBytes: 800_000, maxParts: 200, parallel: 2 }

const settingsOf = ({ connectionString }: AzureService, key?: string): AzureSettings => ({
  kind: 'azure',
  container: `test-${randomUUID()}`,
  connection_string: key === undefined ? connectionString : connectionString.replace(/AccountKey=[^;]*/, `AccountKey=${key}`),
})

describe.skipIf(!service)('on Azurite', () => {
  blobStoreConformance('Azure', async () => {
    if (!service) throw new Error('there is no service')
    const settings = settingsOf(service)
    const agents = plainAgents()
    const store = (more: Partial<AzureBlobStoreOptions>) => new AzureBlobStore({ settings, agents, parts: PARTS, pageSize: 20, ...more })
    const patience = { ...PATIENCE, tries: 2, firstPauseMs: 1 }
    const nowhere = { connection_string: service.connectionString.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:1') }
    return {
      open: (prefix) => store({ prefix }),
      elsewhere: () => store({ settings: settingsOf(service) }),
      broken: () => [
        { store: store({ settings: settingsOf(service, Buffer.from('wrong').toString('base64')) }), trouble: 'denied' as const },
        { store: store({ settings: { kind: 'azure', container: 'test', ...nowhere }, patience }), trouble: 'unavailable' as const },
      ],
      thresholds: [100_000],
      pageSize: 20,
      memoryBytes: 6_000_000,
      largeBytes: 16 * 1024 * 1024,
      nestsKeys: true,
      leftovers: async () => 0,
      busy: () => agents.busy(),
      close: async () => agents.destroy(),
    }
  })

  it('signs no addresses with a signature of somebody else', async () => {
    if (!service) return
    const agents = plainAgents()
    onTestFinished(() => agents.destroy())
    const connection_string = `BlobEndpoint=${service.endpoint};SharedAccessSignature=sv=2022-11-02&sig=AccountKey`
    const store = new AzureBlobStore({ settings: { kind: 'azure', container: 'any', connection_string }, agents })
    expect(store.signsUrls).toBe(false)
    const options = { expiresSeconds: 60, contentType: 'a/b', contentDisposition: 'inline' }
    expect(await troubleOf(store.signedUrl('a', options))).toBe('misconfigured')
    expect(await troubleOf(store.get('a'))).toBe('denied')
  })

  it('is spoken to with name and key of the account, too', async () => {
    const agents = plainAgents()
    onTestFinished(() => agents.destroy())
    const settings = { kind: 'azure', container: 'box', account_name: 'museum', account_key: 'a2V5', endpoint_suffix: 'core.example.org' } as const
    const store = new AzureBlobStore({ settings, agents })
    const url = new URL(await store.signedUrl('a b', { expiresSeconds: 60, contentType: 'a/b', contentDisposition: 'inline' }))
    expect([url.origin, url.pathname, url.searchParams.get('sp')]).toEqual(['https://museum.blob.core.example.org', '/box/a%20b', 'r'])
  })
})
