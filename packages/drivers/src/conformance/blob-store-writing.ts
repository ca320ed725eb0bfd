/** What every store has to do when it is written to. */
import { Readable } from 'node:stream'
import type { BlobStore, PutOptions } from '@vitrine/domain/ports/blob-store'
import { describe, expect, it } from 'vitest'
import { bodyOf, bytesOf, endlessBody, troubleOf, failingBody, heldBytes, keysIn, readAll, sha256Of } from './blob-store-bodies.ts'
import type { BlobStoreBench } from './blob-store.ts'

const around = (thresholds: readonly number[]) => [0, 1, ...new Set(thresholds.flatMap((at) => [at - 1, at, at + 1]))]
const MEBIBYTE = 1024 * 1024

export function writingConformance(bench: BlobStoreBench): void {
  const nothingIn = async (store: BlobStore, key: string) => {
    expect(await store.head(key)).toBeNull()
    expect(await keysIn(store)).toEqual([])
    await bench.noLeftovers(store)
  }
  /** Small, and as large as what is uploaded in several steps. */
  const sizes = () => [10, Math.max(...bench.test.thresholds) + 1]

  describe('writing', () => {
    it('keeps bodies of every size around its thresholds, announced or not, and answers size and SHA-256', async () => {
      const store = bench.store()
      for (const size of around(bench.test.thresholds)) {
        const bytes = bytesOf(size)
        const facts = { sizeBytes: size, sha256: sha256Of(bytes) }
        for (const [key, options] of Object.entries<PutOptions>({ unknown: {}, known: { sizeBytes: size }, sworn: facts })) {
          expect(await store.put(`${size}/${key}`, bodyOf(bytes), options), `${key} ${size}`).toEqual(facts)
          expect(sha256Of(await readAll(await store.get(`${size}/${key}`))), `${key} ${size}`).toBe(facts.sha256)
          expect(await store.head(`${size}/${key}`)).toMatchObject({ key: `${size}/${key}`, sizeBytes: size })
        }
      }
    })

    it('takes a body in one chunk, in single bytes, and a stream of Node', async () => {
      const store = bench.store()
      const bytes = bytesOf(3000)
      const facts = { sizeBytes: 3000, sha256: sha256Of(bytes) }
      const bodies = { one: bodyOf(bytes, 3000), single: bodyOf(bytes, 1), stream: Readable.from(bodyOf(bytes, 999)) }
      for (const [key, body] of Object.entries(bodies)) {
        expect(await store.put(key, body, { contentType: 'image/png' })).toEqual(facts)
        expect(await readAll(await store.get(key))).toEqual(bytes)
      }
    })

    it('takes the expected SHA-256 in capitals, too', async () => {
      const bytes = bytesOf(20)
      await expect(bench.store().put('a', bodyOf(bytes), { sha256: sha256Of(bytes).toUpperCase() })).resolves.toMatchObject({ sizeBytes: 20 })
    })

    it('refuses bytes that are not the promised ones, and nothing is to be seen of them', async () => {
      const store = bench.store()
      for (const size of sizes()) {
        const bytes = bytesOf(size)
        const lies: PutOptions[] = [
          { sizeBytes: size + 1 },
          { sizeBytes: size - 1 },
          { sizeBytes: 0 },
          { sha256: sha256Of(bytesOf(size + 1)) },
          { sizeBytes: size, sha256: sha256Of(bytesOf(size, 4)) },
        ]
        for (const lie of lies) expect(await troubleOf(store.put('lie', bodyOf(bytes), lie))).toBe('corrupt')
        expect(await troubleOf(store.put('lie', bodyOf(Buffer.alloc(0)), { sizeBytes: size }))).toBe('corrupt')
      }
      await nothingIn(store, 'lie')
    })

    it('fails with the own error of a body that breaks off, and nothing is to be seen of it', async () => {
      const store = bench.store()
      const error = new Error('the sender is gone')
      for (const size of sizes())
        for (const options of [{}, { sizeBytes: size }, { sizeBytes: size + 10 }]) {
          await expect(store.put('broken', failingBody(bytesOf(size), error), options)).rejects.toBe(error)
          await expect(store.put('broken', Readable.from(failingBody(bytesOf(size), error)), options)).rejects.toBe(error)
        }
      const early = new Readable({ read: () => undefined })
      early.destroy(error)
      await expect(store.put('broken', early)).rejects.toBe(error)
      await nothingIn(store, 'broken')
    })

    it('ends at once when it is aborted although the body never ends, lets the body go, and nothing is to be seen of it', async () => {
      const store = bench.store()
      for (const size of sizes())
        for (const options of [{}, { sizeBytes: size + 1 }]) {
          const { body, reached } = endlessBody(bytesOf(size))
          const controller = new AbortController()
          const put = store.put('aborted', body, { ...options, signal: controller.signal })
          await Promise.race([reached, put])
          controller.abort()
          expect(await troubleOf(put)).toBe('aborted')
          expect(body.destroyed).toBe(true)
        }
      const { body } = endlessBody(bytesOf(1))
      expect(await troubleOf(store.put('aborted', body, { signal: AbortSignal.abort() }))).toBe('aborted')
      expect(body.destroyed).toBe(true)
      await nothingIn(store, 'aborted')
    })

    it('shows nothing before the body has ended, and tidying does not disturb it', async () => {
      const store = bench.store()
      const go = Promise.withResolvers<void>()
      const half = Promise.withResolvers<void>()
      const bytes = bytesOf(Math.max(...bench.test.thresholds) * 2)
      async function* slowly() {
        yield* bodyOf(bytes.subarray(0, bytes.length - 5))
        half.resolve()
        await go.promise
        yield bytes.subarray(-5)
      }
      const put = store.put('slow', slowly())
      await half.promise
      expect([await store.head('slow'), await keysIn(store)]).toEqual([null, []])
      await store.tidy(3_600_000)
      go.resolve()
      expect(await put).toEqual({ sizeBytes: bytes.length, sha256: sha256Of(bytes) })
      expect(await keysIn(store)).toEqual(['slow'])
    })

    it('may be repeated with the same bytes', async () => {
      const store = bench.store()
      for (const _ of [1, 2]) await store.put('again', bodyOf(bytesOf(100)))
      expect(await readAll(await store.get('again'))).toEqual(bytesOf(100))
    })

    it('goes on for many keys at a time', async () => {
      const store = bench.store()
      const names = Array.from({ length: 24 }, (_, n) => `f${n % 3}/${n}`)
      await Promise.all(names.map((name, n) => store.put(name, bodyOf(bytesOf(1000 + n), 100))))
      const sizes = await Promise.all(names.map(async (name) => (await readAll(await store.get(name))).length))
      expect(sizes).toEqual(names.map((_, n) => 1000 + n))
    })

    it('refuses keys that no store can hold, before it does anything', async () => {
      const store = bench.store()
      const hostile = ['', '/a', 'a//b', 'a/', '.', '..', '../a', 'a/../b', 'a/..', './a', 'a\0b', 'a\nb', 'a\\b', 'a.', '\ud800', 'k'.repeat(1025)]
      for (const key of hostile) {
        expect(await troubleOf(store.put(key, bodyOf(bytesOf(1))))).toBe('denied')
        expect(await troubleOf(store.get(key))).toBe('denied')
        expect(await troubleOf(store.head(key))).toBe('denied')
        expect(await troubleOf(store.remove(['fine', key]))).toBe('denied')
      }
      expect(await keysIn(store)).toEqual([])
    })

    it('holds no more of a large body than a few chunks', async () => {
      if (bench.test.memoryBytes === null) return
      const [store, size] = [bench.store(), bench.test.largeBytes ?? 64 * MEBIBYTE]
      const before = heldBytes()
      let most = 0
      async function* large() {
        for (let at = 0; at < size; at += MEBIBYTE / 4) {
          if (at % (8 * MEBIBYTE) === 0) most = Math.max(most, heldBytes() - before)
          yield Buffer.alloc(MEBIBYTE / 4, at / MEBIBYTE)
        }
      }
      expect(await store.put('large', large())).toMatchObject({ sizeBytes: size })
      expect(most).toBeLessThan(bench.test.memoryBytes)
    })
  })
}
