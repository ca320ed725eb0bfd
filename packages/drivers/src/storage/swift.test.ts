/** A real OpenStack Swift, signed in at it in both ways. */
import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { blobStoreConformance } from '../conformance/blob-store.ts'
import { PATIENCE } from './http.ts'
import { SwiftBlobStore, type SwiftBlobStoreOptions } from './swift.ts'
import type { SwiftSettings } from './swift-access.ts'
import { SwiftConnection } from './swift-client.ts'
import type { SwiftPartLimits } from './swift-upload.ts'
import { plainAgents, swiftService, type SwiftService } from './testing/services.ts'

const service = await swiftService()
const PARTS: SwiftPartLimits = { partBytes: 100_000, maxPartBytes: 100_000, maxParts: 10_000, entries: 20, parallel: 2 }

function settingsOf({ authUrl, user, key }: SwiftService, more: Partial<SwiftSettings> = {}): SwiftSettings {
  return { kind: 'swift', container: `test ${randomUUID()}`, auth_url: authUrl, username: user, password: key, temp_url_key: 'a key', ...more }
}

describe.skipIf(!service)('on OpenStack Swift', () => {
  blobStoreConformance('Swift', async () => {
    if (!service) throw new Error('there is no service')
    const settings = settingsOf(service)
    const agents = plainAgents()
    const store = (more: Partial<SwiftBlobStoreOptions>) => new SwiftBlobStore({ settings, agents, parts: PARTS, pageSize: 20, ...more })
    const patience = { ...PATIENCE, tries: 2, firstPauseMs: 1 }
    const connection = new SwiftConnection(settings, agents, patience)
    return {
      open: (prefix) => store({ prefix }),
      elsewhere: () => store({ settings: settingsOf(service) }),
      broken: () => [
        { store: store({ settings: { ...settings, password: 'wrong' } }), trouble: 'denied' as const },
        { store: store({ settings: { ...settings, auth_url: 'http://127.0.0.1:1/auth/v1.0' }, patience }), trouble: 'unavailable' as const },
      ],
      thresholds: [100_000],
      pageSize: 20,
      memoryBytes: 4_000_000,
      largeBytes: 16 * 1024 * 1024,
      nestsKeys: true,
      disposition: 'attachment; filename="%C3%BC.png"; filename*=UTF-8\'\'%C3%BC.png',
      leftovers: () => unused(connection, settings.container),
      busy: () => agents.busy(),
      close: async () => agents.destroy(),
    }
  })
})

/** Segments of objects that are not there. */
async function unused(connection: SwiftConnection, container: string): Promise<number> {
  const namesIn = async (name: string) =>
    (
      await connection.ask({ method: 'GET', container: name }).then(
        ({ text }) => text.split('\n'),
        () => [],
      )
    ).filter(Boolean)
  const keys = new Set(await namesIn(container))
  return (await namesIn(`${container}_segments`)).filter((name) => !keys.has(name.split('/').slice(0, -2).join('/'))).length
}
