/** What every store has to do when it is read, and when objects are removed. */
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { bodyOf, bytesOf, troubleOf, heldBytes, keysIn, readAll, sha256Of } from './blob-store-bodies.ts'
import type { BlobStoreBench } from './blob-store.ts'

const MEBIBYTE = 1024 * 1024

export function readingConformance(bench: BlobStoreBench): void {
  const filled = async (size: number) => {
    const store = bench.store()
    const bytes = bytesOf(size)
    await store.put('a', bodyOf(bytes), { sizeBytes: size })
    return { store, bytes }
  }
  const large = () => Math.max(...bench.test.thresholds) * 2 + 7

  describe('reading', () => {
    it('answers a part of an object: its first byte, its last, one in the middle, all of it, none of it', async () => {
      const size = large()
      const { store, bytes } = await filled(size)
      const ranges = [
        [0, 1],
        [size - 1, 1],
        [0, size],
        [1, size - 1],
        [Math.floor(size / 3), 1000],
        [5, 0],
        ...bench.test.thresholds.map((at) => [at - 1, 2]),
      ] as [number, number][]
      for (const [start, length] of ranges)
        expect((await readAll(await store.get('a', { range: { start, length } }))).equals(bytes.subarray(start, start + length)), `${start}`).toBe(
          true,
        )
    })

    it('is a stream of Node whose chunks are bytes', async () => {
      const { store } = await filled(10)
      const stream = await store.get('a')
      expect(stream).toBeInstanceOf(Readable)
      for await (const chunk of stream) expect(chunk).toBeInstanceOf(Uint8Array)
      await bench.idle()
    })

    it('fails when the object ends before the part does, rather than being short', async () => {
      const { store } = await filled(100)
      for (const range of [
        { start: 50, length: 51 },
        { start: 0, length: 101 },
        { start: 200, length: 1 },
      ])
        expect(await troubleOf(store.get('a', { range }).then(readAll))).toBe('corrupt')
    })

    it('says before there is a stream that there is no such object', async () => {
      const { store } = await filled(10)
      expect(await troubleOf(store.get('b'))).toBe('not-found')
      expect(await troubleOf(store.get('a/b'))).toBe('not-found')
      expect(await troubleOf(store.get('b', { range: { start: 0, length: 1 } }))).toBe('not-found')
      expect(await troubleOf(store.get('b', { range: { start: 0, length: 0 } }))).toBe('not-found')
      expect(await store.head('b')).toBeNull()
    })

    it('tells size and time of an object, and null when there is none', async () => {
      const { store } = await filled(321)
      const facts = await store.head('a')
      expect(facts).toEqual({ key: 'a', sizeBytes: 321, modifiedAt: expect.any(Date) })
      // Clocks of others may be a little off, but not by a day; and a time in another unit would be.
      expect(Math.abs((facts?.modifiedAt?.getTime() ?? 0) - Date.now())).toBeLessThan(86_400_000)
    })

    it('ends with "aborted" when it is aborted, before and midway', async () => {
      const { store } = await filled(large())
      expect(await troubleOf(store.get('a', { signal: AbortSignal.abort() }))).toBe('aborted')
      const controller = new AbortController()
      const stream = await store.get('a', { signal: controller.signal })
      const reading = troubleOf(readAll(stream))
      controller.abort()
      expect(await reading).toBe('aborted')
      await bench.idle()
    })

    it('lets everything go when a stream is left early or never read', async () => {
      const { store, bytes } = await filled(large())
      for (let n = 0; n < 20; n++) {
        const stream = await store.get('a')
        if (n % 2 === 0) for await (const _ of stream) break
        stream.destroy()
      }
      const parallel = await Promise.all(Array.from({ length: 20 }, () => store.get('a', { range: { start: 1, length: 9 } })))
      for (const stream of parallel) stream.destroy()
      await bench.idle()
      expect(sha256Of(await readAll(await store.get('a')))).toBe(sha256Of(bytes))
    })

    it('holds no more of a large object than a few chunks', async () => {
      if (bench.test.memoryBytes === null) return
      const size = bench.test.largeBytes ?? 64 * MEBIBYTE
      const store = bench.store()
      await store.put('large', Readable.from(chunks(size)), { sizeBytes: size })
      const before = heldBytes()
      let [most, seen, due] = [0, 0, 0]
      for await (const chunk of await store.get('large')) {
        seen += (chunk as Uint8Array).byteLength
        if (seen < due) continue
        due += 8 * MEBIBYTE
        most = Math.max(most, heldBytes() - before)
      }
      expect(seen).toBe(size)
      expect(most).toBeLessThan(bench.test.memoryBytes)
    })
  })

  describe('removing', () => {
    it('takes many keys, those that are gone already among them, and may be repeated', async () => {
      const store = bench.store()
      const keys = Array.from({ length: bench.test.pageSize * 2 + 1 }, (_, n) => `r/${n}`)
      await Promise.all([...keys, 'stays'].map((key) => store.put(key, bodyOf(bytesOf(1)))))
      await store.remove([...keys.slice(1), 'never', 'r/never', 'r'])
      expect(await keysIn(store)).toEqual(['r/0', 'stays'])
      await store.remove(keys)
      await store.remove(keys)
      await store.remove([])
      expect(await keysIn(store)).toEqual(['stays'])
      expect(await troubleOf(store.get('r/0'))).toBe('not-found')
    })

    it('makes room for the same key', async () => {
      const { store } = await filled(10)
      await store.remove(['a'])
      await store.put('a', bodyOf(bytesOf(20)))
      expect(await store.head('a')).toMatchObject({ sizeBytes: 20 })
    })
  })
}

function* chunks(size: number): Generator<Buffer> {
  for (let at = 0; at < size; at += MEBIBYTE / 4) yield Buffer.alloc(MEBIBYTE / 4, at / MEBIBYTE)
}
