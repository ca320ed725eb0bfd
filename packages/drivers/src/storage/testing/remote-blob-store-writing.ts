import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { describe, expect, it } from 'vitest'
import { after, faults, inTurn, passTo, type Answer } from './faulty-server.ts'
import { bodyOf, bytesOf, endlessBody, keysIn, readAll, troubleOf } from '../../conformance/blob-store-bodies.ts'
import { IMPATIENT, loseAnswers, type Between, type RemoteBench } from './remote-blob-store.ts'

const WRONG = { etag: `"${'0'.repeat(32)}"`, 'content-md5': Buffer.alloc(16).toString('base64') }

export function remoteWritingConformance(bench: RemoteBench): void {
  const small = bytesOf(1000)
  const large = () => bytesOf(bench.test.largeBytes)
  const real = () => passTo(bench.test.origin)
  const isWhole = async ({ real: store }: Between, bytes: Buffer) => (await readAll(await store.get('a'))).equals(bytes)
  const isNothing = async ({ real: store }: Between) => expect([await store.head('a'), await keysIn(store)]).toEqual([null, []])
  /** What passes, and is repeated. */
  const passing = (): Answer[] => [
    after(faults.status(500)),
    after(faults.status(503, 'slow down')),
    after(faults.status(429)),
    faults.cut(),
    faults.cutAfter(10),
    loseAnswers(bench.test.origin),
  ]

  describe('writing', () => {
    it('sends what is still at hand again, when the store fails in a way that passes', async () => {
      for (const fault of passing()) {
        const place = await bench.between({ write: inTurn(fault, real()) })
        await place.store.put('a', bodyOf(small), { sizeBytes: small.length })
        expect(await isWhole(place, small)).toBe(true)
        expect(place.asked('write')).toBe(2)
      }
    })

    it('sends a part again without the others', async () => {
      for (const fault of passing()) {
        const place = await bench.between({ part: inTurn(real(), fault, real()) })
        await place.store.put('a', bodyOf(large()))
        expect(await isWhole(place, large())).toBe(true)
      }
    })

    it('repeats the step that shows the object, also when only its answer was lost', async () => {
      for (const fault of passing()) {
        const place = await bench.between({ show: inTurn(fault, real()) })
        await place.store.put('a', bodyOf(large()))
        expect(await isWhole(place, large())).toBe(true)
      }
    })

    it('gives up after so many tries, and nothing is to be seen', async () => {
      for (const fault of passing()) {
        const place = await bench.between({ write: fault, part: fault })
        expect(await troubleOf(place.store.put('a', bodyOf(small)))).toBe('unavailable')
        expect(place.asked('write')).toBe(3)
        expect(await troubleOf(place.store.put('a', bodyOf(large())))).toBe('unavailable')
        await isNothing(place)
      }
    })

    it('does not wait for a store that says nothing, or takes nothing', async () => {
      for (const fault of [faults.silence(), faults.deafness()]) {
        const place = await bench.answering(fault)
        expect(await troubleOf(place.store.put('a', bodyOf(small)))).toBe('unavailable')
        expect(await troubleOf(place.store.put('a', bodyOf(large())))).toBe('unavailable')
        await isNothing(place)
      }
    })

    it('ends at once when it is aborted while the store says nothing', async () => {
      for (const bytes of [small, large()]) {
        const controller = new AbortController()
        const silence: Answer = (request) => (request.resume(), controller.abort())
        const place = await bench.between({ write: silence, part: silence })
        expect(await troubleOf(place.store.put('a', bodyOf(bytes), { signal: controller.signal }))).toBe('aborted')
        await isNothing(place)
      }
    })

    it('ends when the store fails although the body has not ended, and lets the body go', async () => {
      const place = await bench.between({ part: after(faults.status(403)) })
      // More than the first parts, which wait for the second one, and than what is held back.
      const { body } = endlessBody(bytesOf(bench.test.largeBytes * 3))
      expect(await troubleOf(place.store.put('a', body))).toBe('denied')
      expect(body.destroyed).toBe(true)
      await isNothing(place)
    })

    it('says what a refusal means, and does not repeat what was refused', async () => {
      for (const [status, trouble] of [
        [401, 'denied'],
        [403, 'denied'],
        [404, 'misconfigured'],
        [413, 'full'],
        [507, 'full'],
        [301, 'misconfigured'],
        [307, 'misconfigured'],
      ] as const) {
        const place = await bench.between({ write: after(faults.status(status, '', { location: 'http://127.0.0.1:1/elsewhere' })) })
        const failure = await place.store.put('a', bodyOf(small)).catch((error: unknown) => error)
        // Whoever is refused an object is told so, or that there is no place for it.
        expect([failure instanceof BlobFailure && failure.trouble, status]).toEqual([status === 404 ? expect.any(String) : trouble, status])
        expect(place.asked('write')).toBeLessThanOrEqual(2)
        await isNothing(place)
      }
    })

    it('takes back what the store has taken otherwise than it was sent', async () => {
      for (const bytes of [small, large()]) {
        const lie = after(faults.status(bench.test.written, '', WRONG))
        const place = await bench.between({ write: lie, part: lie })
        expect(await troubleOf(place.store.put('a', bodyOf(bytes)))).toBe('corrupt')
        await isNothing(place)
      }
    })

    it('takes back what the store has otherwise than it was sent', async () => {
      for (const bytes of [small, large()])
        for (const lie of [faults.status(200, '', { 'content-length': 7, ...WRONG }), faults.status(404)]) {
          const place = await bench.between({ look: inTurn(lie, real()) })
          expect(await troubleOf(place.store.put('a', bodyOf(bytes)))).toBe('corrupt')
          await isNothing(place)
        }
    })

    it('does not wait forever for a store that answers a little at a time', async () => {
      const trickle: Answer = (_, response) => {
        response.writeHead(200, { 'content-type': 'text/plain' })
        const timer = setInterval(() => response.write(' '), 10)
        response.on('close', () => clearInterval(timer))
      }
      const place = await bench.answering(trickle, { ...IMPATIENT, stallMs: 10_000, requestMs: 300 })
      expect(await troubleOf(place.store.put('a', bodyOf(small)))).toBe('unavailable')
    })

    it('does not keep an answer without an end', async () => {
      const place = await bench.answering(faults.endless(), { ...IMPATIENT, stallMs: 10_000, tries: 1 })
      expect(await troubleOf(place.store.put('a', bodyOf(small)))).toBe('unavailable')
    })
  })
}
