/** What every store has to do about listings, prefixes, signed addresses and the place it is in. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { bodyOf, bytesOf, troubleOf, keysIn, listed, readAll } from './blob-store-bodies.ts'
import type { BlobStoreBench } from './blob-store.ts'

/** In the order of UTF-8 bytes. UTF-16 would put the key of U+1F5DD before the one of U+FF5E. */
const ODD_KEYS = [
  '%41',
  '+',
  '..a/...b',
  '.hidden/.x',
  'A b/c d',
  'a',
  'a b+c%20&d=e?f#g',
  'a!$\'()*,;:@[]~`^{|}<>"',
  'a-b/c',
  'a.b/c',
  'a0',
  'b/c/d',
  'e\u0301',
  `long/${'n'.repeat(300)}/${'ü'.repeat(150)}`,
  `long/${'n'.repeat(301)}`,
  'ä/日本',
  '\uff5e',
  '\u{1f5dd}',
]

export function placesConformance(bench: BlobStoreBench): void {
  const filled = async (keys: readonly string[], store = bench.store()) => {
    await Promise.all(keys.map((key, n) => store.put(key, bodyOf(bytesOf(n)))))
    return store
  }

  describe('keys and listings', () => {
    it('keep odd characters and long names, and come in the order of UTF-8 bytes', async () => {
      const store = await filled(ODD_KEYS.toReversed())
      expect(await keysIn(store)).toEqual(ODD_KEYS)
      for (const [n, key] of ODD_KEYS.entries()) {
        const sizeBytes = ODD_KEYS.length - 1 - n
        expect(await store.head(key)).toMatchObject({ key, sizeBytes })
        expect(await readAll(await store.get(key))).toEqual(bytesOf(sizeBytes))
      }
      await store.remove(ODD_KEYS)
      expect(await keysIn(store)).toEqual([])
    })

    it('tell size and time of each', async () => {
      const store = await filled(['x/a', 'x/b'])
      const facts = { modifiedAt: expect.any(Date) }
      expect(await listed(store, 'x/')).toEqual([
        { key: 'x/a', sizeBytes: 0, ...facts },
        { key: 'x/b', sizeBytes: 1, ...facts },
      ])
    })

    it('begin with the prefix, whether or not that ends at a slash', async () => {
      const store = await filled(['a', 'ab', 'ab/c', 'abc/d', 'abd', 'b/a'].filter((key) => bench.test.nestsKeys || key !== 'ab'))
      const all = await keysIn(store)
      for (const prefix of ['a', 'ab', 'ab/', 'abc', 'abc/d', 'abd', 'b', 'c', 'abc/d/e', ''])
        expect(await keysIn(store, prefix), prefix).toEqual(all.filter((key) => key.startsWith(prefix)))
    })

    it('go on behind a key, whether or not that one exists', async () => {
      const store = await filled(['a/1', 'a/2', 'a/3/x', 'a/3/y', 'b', 'c/1'])
      const all = await keysIn(store)
      for (const after of ['', 'a', 'a/1', 'a/2', 'a/20', 'a/3', 'a/3/x', 'a/3/y', 'a/4', 'b', 'b/1', 'c/1', 'd', '\u{1f5dd}'])
        for (const prefix of ['', 'a/', 'a/3', 'c'])
          expect(await keysIn(store, prefix, { after }), `${prefix} behind ${after}`).toEqual(
            all.filter((key) => key.startsWith(prefix) && (after === '' || key > after)),
          )
    })

    it('are complete when they need several pages', async () => {
      const keys = Array.from({ length: bench.test.pageSize * 2 + 1 }, (_, n) => `p${n % 4}/${String(n).padStart(5, '0')}`).toSorted()
      const store = await filled(keys)
      expect(await keysIn(store)).toEqual(keys)
      expect(await keysIn(store, '', { after: keys[1] as string })).toEqual(keys.slice(2))
      for await (const _ of store.list('')) break
      await bench.idle()
    })

    it('end with "aborted" when they are', async () => {
      const store = await filled(['a', 'b', 'c'])
      expect(await troubleOf(listed(store, '', { signal: AbortSignal.abort() }))).toBe('aborted')
      const controller = new AbortController()
      const partly = async () => {
        for await (const _ of store.list('', { signal: controller.signal })) controller.abort()
      }
      expect(await troubleOf(partly())).toBe('aborted')
    })

    it('of one prefix know nothing of another', async () => {
      const [one, other] = [bench.store(), bench.store()]
      await filled(['same', 'own'], one)
      await filled(['same'], other)
      await other.put('other', bodyOf(bytesOf(7)))
      await one.remove(['other'])
      expect([await keysIn(one), await keysIn(other)]).toEqual([
        ['own', 'same'],
        ['other', 'same'],
      ])
      expect(await troubleOf(one.get('other'))).toBe('not-found')
      await one.remove(['same'])
      expect([await one.head('same'), await other.head('same')]).toMatchObject([null, { key: 'same', sizeBytes: 0 }])
    })
  })

  describe('a signed address', () => {
    it('lets anybody read the object as it was agreed, where there are any', async () => {
      const store = await filled(['x', 'a +%/ü', 'b'])
      const options = {
        expiresSeconds: 300,
        contentType: 'image/x-test',
        contentDisposition: 'attachment; filename="a b.png"; filename*=UTF-8\'\'%C3%BC.png',
      }
      if (!store.signsUrls) return expect(await troubleOf(store.signedUrl('b', options))).toBe('misconfigured')
      await store.put('a +%/ü', bodyOf(bytesOf(1000)), { contentType: options.contentType })
      const url = await store.signedUrl('a +%/ü', options)
      const answer = await fetch(url)
      expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([
        200,
        expect.objectContaining({
          'content-disposition': bench.test.disposition ?? options.contentDisposition,
          'content-type': options.contentType,
        }),
      ])
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytesOf(1000))
      const part = await fetch(url, { headers: { range: 'bytes=10-19' } })
      expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([206, bytesOf(1000).subarray(10, 20)])
      const forged = await fetch(url.replace('a%20', 'b%20'))
      await forged.body?.cancel()
      expect(forged.status).toBeGreaterThanOrEqual(400)
    })
  })

  describe('a place', () => {
    it('is proven by a check that leaves nothing behind', async () => {
      const store = await filled(['stays'])
      await store.check({ write: true })
      await store.check({ write: false })
      expect(await keysIn(store)).toEqual(['stays'])
      await bench.noLeftovers(store)
    })

    it('that does not exist is told of, and made where it may be written to', async () => {
      const store = bench.test.elsewhere?.()
      if (!store) return
      onTestFinished(() => store.close())
      expect(await troubleOf(store.check({ write: false }))).toBe('misconfigured')
      expect(await troubleOf(store.put('a', bodyOf(bytesOf(1))))).toBe('misconfigured')
      expect(await troubleOf(store.get('a'))).toBe('misconfigured')
      expect(await troubleOf(listed(store, ''))).toBe('misconfigured')
      await store.check({ write: true })
      await store.put('a', bodyOf(bytesOf(1)))
      await store.check({ write: false })
      expect(await keysIn(store)).toEqual(['a'])
    })

    it('that refuses or cannot be reached is told of by everything', async () => {
      for (const { store, trouble } of bench.test.broken()) {
        onTestFinished(() => store.close())
        const [body, signed] = [bodyOf(bytesOf(10)), { expiresSeconds: 60, contentType: 'a/b', contentDisposition: 'inline' }]
        expect(await troubleOf(store.check({ write: true }))).toBe(trouble)
        expect(await troubleOf(store.check({ write: false }))).toBe(trouble)
        expect(await troubleOf(store.put('a', body))).toBe(trouble)
        expect(await troubleOf(store.get('a'))).toBe(trouble)
        expect(await troubleOf(store.head('a'))).toBe(trouble)
        expect(await troubleOf(store.remove(['a']))).toBe(trouble)
        expect(await troubleOf(listed(store, ''))).toBe(trouble)
        if (!store.signsUrls) expect(await troubleOf(store.signedUrl('a', signed))).toBe('misconfigured')
      }
    })

    it('keeps what is whole when it is tidied', async () => {
      const store = await filled(['a', 'b'])
      await store.tidy(0)
      expect(await keysIn(store)).toEqual(['a', 'b'])
    })
  })
}
