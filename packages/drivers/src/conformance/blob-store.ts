/** What every store of bytes has to do. A driver's own test says where its stores are, and passes this suite. */
import { randomUUID } from 'node:crypto'
import type { BlobStore, BlobTrouble } from '@vitrine/domain/ports/blob-store'
import { afterAll, beforeAll, describe, expect, onTestFinished, vi } from 'vitest'
import { placesConformance } from './blob-store-places.ts'
import { readingConformance } from './blob-store-reading.ts'
import { writingConformance } from './blob-store-writing.ts'

export interface BlobStoreUnderTest {
  /** A store whose keys have this prefix, which ends with a slash. All of them are in one place: a folder, a bucket, a container. */
  open(prefix: string): BlobStore
  /** A new store in a place that does not exist yet and may be made. Absent where there is no such thing. */
  elsewhere?(): BlobStore
  /** Stores of which every operation fails so: refused credentials, a server that does not listen. */
  broken(): readonly { readonly store: BlobStore; readonly trouble: BlobTrouble }[]
  /** Bytes at which the driver begins to do something else (chunks, parts); a few at most, and small. */
  readonly thresholds: readonly number[]
  /** Keys in one page of a listing, or in one request to remove many; small. */
  readonly pageSize: number
  /** More than a transfer may ever hold in memory, and much less than `largeBytes`; null where objects are held in memory. */
  readonly memoryBytes: number | null
  /** How large is large; 64 MiB unless told. */
  readonly largeBytes?: number
  /** Whether there may be objects `a` and `a/b`. No key of the server is the folder of another, so a driver need not. */
  readonly nestsKeys: boolean
  /** What a store makes of `attachment; filename="a b.png"; filename*=UTF-8''%C3%BC.png` in signed addresses, if it words such headers itself. */
  readonly disposition?: string
  /** How much is kept of unfinished writes: temporary files, parts. Zero where a store keeps nothing. */
  leftovers(): Promise<number>
  /** Handles or sockets that are in use now; for stores that have any. */
  busy?(): number | Promise<number>
  close?(): Promise<void>
}

/** What the parts of the suite work with. */
export interface BlobStoreBench {
  readonly test: BlobStoreUnderTest
  /** A store with a prefix of its own. */
  store(): BlobStore
  /** Waits until no handle or socket is in use. */
  idle(): Promise<void>
  /** That tidying removes everything that unfinished writes have left, if anything. */
  noLeftovers(store: BlobStore): Promise<void>
}

const WAIT = { timeout: 30_000, interval: 20 }

export function blobStoreConformance(kind: string, make: () => Promise<BlobStoreUnderTest>): void {
  let test: BlobStoreUnderTest
  const bench: BlobStoreBench = {
    get test() {
      return test
    },
    store() {
      const store = test.open(`${randomUUID()}/`)
      onTestFinished(() => store.close())
      return store
    },
    async idle() {
      await vi.waitUntil(async () => ((await test.busy?.()) ?? 0) === 0, WAIT)
    },
    async noLeftovers(store) {
      // What was left a moment ago is older than nothing only once the clock has moved on.
      await vi.waitUntil(async () => (await store.tidy(0), (await test.leftovers()) === 0), WAIT)
      expect(await test.leftovers()).toBe(0)
    },
  }

  describe(`objects in ${kind}`, () => {
    beforeAll(async () => {
      test = await make()
      const store = test.open('first/')
      await store.check({ write: true })
      await store.close()
    })
    afterAll(() => test.close?.())

    writingConformance(bench)
    readingConformance(bench)
    placesConformance(bench)
  })
}
