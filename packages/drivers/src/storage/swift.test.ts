/** A real OpenStack Swift, signed in at it in both ways. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { bodyOf, bytesOf, keysIn, readAll, troubleOf } from '../conformance/blob-store-bodies.ts'
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

  async function place(more: Partial<SwiftSettings> = {}) {
    if (!service) throw new Error('there is no service')
    const settings = settingsOf(service, more)
    const agents = plainAgents()
    onTestFinished(() => agents.destroy())
    const connection = new SwiftConnection(settings, agents, PATIENCE)
    const store = new SwiftBlobStore({ settings, agents, parts: PARTS })
    await store.check({ write: true })
    const segments = { container: `${settings.container}_segments` }
    const left = async () => (await connection.ask({ method: 'GET', ...segments })).text.split('\n').filter(Boolean)
    return { settings, connection, store, segments, left }
  }

  it('removes what an object is made of together with it, manifests of manifests among them', async () => {
    const { store, left } = await place()
    await store.put('large', bodyOf(bytesOf(2_150_000)))
    expect(await left()).toHaveLength(22 + 2)
    expect((await readAll(await store.get('large'))).equals(bytesOf(2_150_000))).toBe(true)
    await store.remove(['large'])
    expect([await left(), await keysIn(store)]).toEqual([[], []])
  })

  it('tidies what a write has left that died, and neither what is young nor what is used', async () => {
    const { store, connection, segments, left } = await place()
    await store.put('used/a', bodyOf(bytesOf(150_000)))
    const used = await left()
    for (const key of ['used/a/another upload/00000000', 'unused/b/upload/00000000'])
      await connection.ask({ method: 'PUT', ...segments, key, body: 'half' })
    await store.tidy(3_600_000)
    expect(await left()).toHaveLength(used.length + 2)
    await vi.waitUntil(async () => (await store.tidy(0), (await left()).length === used.length), { timeout: 30_000 })
    expect(await left()).toEqual(used)
    expect((await readAll(await store.get('used/a'))).equals(bytesOf(150_000))).toBe(true)
  })

  it("shares its key for signed addresses with the container, and takes nobody else's away", async () => {
    const { settings, connection, store } = await place({ temp_url_key: 'ours' })
    const { container } = settings
    const keys = async () => {
      const { headers } = await connection.ask({ method: 'HEAD', container })
      return [headers['x-container-meta-temp-url-key'], headers['x-container-meta-temp-url-key-2']]
    }
    expect(await keys()).toEqual(['ours', undefined])
    await connection.ask({ method: 'POST', container, headers: { 'X-Container-Meta-Temp-URL-Key': 'theirs' } })
    await store.check({ write: true })
    expect(await keys()).toEqual(['theirs', 'ours'])
    await store.put('a', bodyOf(bytesOf(10)))
    const url = await store.signedUrl('a', { expiresSeconds: 300, contentType: 'a/b', contentDisposition: 'inline' })
    const answer = await fetch(url)
    expect([answer.status, answer.headers.get('content-disposition')]).toEqual([200, 'inline'])
    await answer.body?.cancel()
  })

  it('is told that it may do nothing as a user without rights', async () => {
    const { settings } = await place()
    const agents = plainAgents()
    onTestFinished(() => agents.destroy())
    const store = new SwiftBlobStore({ settings: { ...settings, username: 'test:tester3' }, agents })
    expect(await troubleOf(store.put('a', bodyOf(bytesOf(10))))).toBe('denied')
    expect(await troubleOf(store.get('a'))).toBe('denied')
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
