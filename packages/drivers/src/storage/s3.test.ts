/** S3 as OpenStack Swift speaks it. */
import { randomUUID } from 'node:crypto'
import { Client } from 'minio'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { troubleOf } from '../conformance/blob-store-bodies.ts'
import { blobStoreConformance } from '../conformance/blob-store.ts'
import { PATIENCE } from './http.ts'
import type { PartLimits } from './parts.ts'
import { S3BlobStore, type S3BlobStoreOptions } from './s3.ts'
import type { S3Settings } from './s3-client.ts'
import { plainAgents, swiftService, type SwiftService } from './testing/services.ts'

const service = await swiftService()
const PARTS: PartLimits = { partBytes: 100_000, maxPartBytes: 800_000, maxParts: 200, parallel: 2 }

function settingsOf({ s3 }: SwiftService, more: Partial<S3Settings> = {}): S3Settings {
  const { endpoint, region, accessKey: accesskey, secretKey: secretkey } = s3
  return { kind: 's3', bucket: `test-${randomUUID()}`, endpoint, region, accesskey, secretkey, ssl: false, pathstyle: true, ...more }
}

/** The client, for what the store does not show. */
const clientOf = ({ endpoint, region, accesskey, secretkey }: S3Settings) =>
  new Client({ endPoint: '127.0.0.1', port: Number(endpoint.split(':')[1]), region, accessKey: accesskey, secretKey: secretkey, useSSL: false })
/** No key has it, so nothing is left out; without one, Swift leaves out everything. */
const UNUSED = '//'

describe.skipIf(!service)('on OpenStack Swift', () => {
  blobStoreConformance('S3', async () => {
    if (!service) throw new Error('there is no service')
    const settings = settingsOf(service)
    const agents = plainAgents()
    const client = clientOf(settings)
    const store = (more: Partial<S3BlobStoreOptions>) => new S3BlobStore({ settings, agents, parts: PARTS, pageSize: 20, ...more })
    const patience = { ...PATIENCE, tries: 2, firstPauseMs: 1 }
    return {
      open: (prefix) => store({ prefix }),
      elsewhere: () => store({ settings: settingsOf(service) }),
      broken: () => [
        { store: store({ settings: { ...settings, secretkey: 'wrong' } }), trouble: 'denied' as const },
        { store: store({ settings: { ...settings, endpoint: '127.0.0.1:1' }, patience }), trouble: 'unavailable' as const },
      ],
      thresholds: [100_000],
      pageSize: 20,
      memoryBytes: 6_000_000,
      largeBytes: 16 * 1024 * 1024,
      nestsKeys: true,
      leftovers: async () => (await client.listIncompleteUploadsQuery(settings.bucket, '', '', '', UNUSED)).uploads.length,
      busy: () => agents.busy(),
      close: async () => agents.destroy(),
    }
  })

  async function place(more: Partial<S3Settings> = {}) {
    if (!service) throw new Error('there is no service')
    const agents = plainAgents()
    onTestFinished(() => agents.destroy())
    const settings = settingsOf(service)
    await new S3BlobStore({ settings, agents }).check({ write: true })
    return { settings, client: clientOf(settings), store: new S3BlobStore({ settings: { ...settings, ...more }, agents, pageSize: 2 }) }
  }

  it('tidies uploads that have died, page by page, and not those that are young', async () => {
    const { store, client, settings } = await place()
    const keys = ['a/1', 'a/1', 'b c/ü', 'd', 'e']
    for (const key of keys) await client.initiateNewMultipartUpload(settings.bucket, key, {})
    const left = async () => (await client.listIncompleteUploadsQuery(settings.bucket, '', '', '', UNUSED)).uploads.length
    await store.tidy(3_600_000)
    expect(await left()).toBe(5)
    await vi.waitUntil(async () => (await store.tidy(0), (await left()) === 0), { timeout: 30_000 })
    expect(await left()).toBe(0)
  })

  it('says what is wrong with settings that the store refuses', async () => {
    const other = await place({ region: 'elsewhere' })
    expect(await troubleOf(other.store.check({ write: false }))).toBe('misconfigured')
    const stranger = await place({ accesskey: 'nobody:here' })
    expect(await troubleOf(stranger.store.check({ write: true }))).toBe('denied')
  })
})
