import { describe, expect, it } from 'vitest'
import { faults, inTurn, passTo, type Answer } from './faulty-server.ts'
import { bodyOf, bytesOf, keysIn, listed, readAll, troubleOf } from '../../conformance/blob-store-bodies.ts'
import { IMPATIENT, PATIENT, type RemoteBench } from './remote-blob-store.ts'

export function remoteReadingConformance(bench: RemoteBench): void {
  const bytes = bytesOf(1000)
  const real = () => passTo(bench.test.origin)
  const passing = (): Answer[] => [faults.status(500), faults.status(503), faults.cut()]
  /** Azure's client asks for a name of the version. */
  const headers = { etag: '"some"', 'last-modified': new Date(0).toUTCString() }

  describe('reading', () => {
    it('asks again, when the store fails in a way that passes before the bytes come', async () => {
      for (const fault of passing()) {
        const place = await bench.between({ read: inTurn(fault, real()), look: inTurn(fault, real()), list: inTurn(fault, real()) })
        await place.real.put('a', bodyOf(bytes))
        expect((await readAll(await place.store.get('a'))).equals(bytes)).toBe(true)
        expect(await place.store.head('a')).toMatchObject({ sizeBytes: 1000 })
        expect(await keysIn(place.store)).toEqual(['a'])
        expect([place.asked('read'), place.asked('look')]).toEqual([2, 2])
      }
    })

    it('fails with "unavailable" when bytes stop coming, or the connection breaks', async () => {
      for (const fault of [faults.stall(1000, 'some', headers), faults.cutBody(1000, 'some', headers)]) {
        const place = await bench.answering(fault)
        expect(await troubleOf(place.store.get('a').then(readAll))).toBe('unavailable')
      }
    })

    it('fails with "corrupt" when other bytes come than were asked for, or the store does not say how many', async () => {
      const part = { range: { start: 5, length: 10 } }
      const whole = await bench.answering(faults.status(200, bytes, headers), PATIENT)
      expect(await troubleOf(whole.store.get('a', part).then(readAll))).toBe('corrupt')
      const short = await bench.answering(faults.status(206, 'four', headers), PATIENT)
      expect(await troubleOf(short.store.get('a', part).then(readAll))).toBe('corrupt')
      const untold = await bench.answering(faults.whole('four', headers), PATIENT)
      expect(await troubleOf(untold.store.get('a').then(readAll))).toBe('corrupt')
    })

    it('does not wait for a store that says nothing, and ends at once when it is aborted', async () => {
      const place = await bench.answering(faults.silence())
      expect(await troubleOf(place.store.get('a'))).toBe('unavailable')
      expect(await troubleOf(place.store.head('a'))).toBe('unavailable')
      expect(await troubleOf(listed(place.store, ''))).toBe('unavailable')
      const controller = new AbortController()
      const slow = await bench.answering((request) => (request.resume(), controller.abort()), { ...IMPATIENT, stallMs: 60_000, requestMs: 60_000 })
      expect(await troubleOf(slow.store.get('a', { signal: controller.signal }))).toBe('aborted')
      expect(await troubleOf(listed(slow.store, '', { signal: controller.signal }))).toBe('aborted')
    })

    it('says what a refusal means', async () => {
      for (const [answer, trouble] of [
        [faults.status(403), 'denied'],
        [faults.status(500), 'unavailable'],
        [faults.redirect('http://127.0.0.1:1/'), 'misconfigured'],
        [faults.garbage(), 'unavailable'],
        [faults.status(416), 'corrupt'],
      ] as const) {
        const place = await bench.between({ read: answer })
        expect(await troubleOf(place.store.get('a'))).toBe(trouble)
      }
    })

    it('takes no answer for a listing that is none, and follows none that goes in circles', async () => {
      const nonsense = await bench.between({ list: faults.status(200, '<html>Welcome!</html>', { 'content-type': 'text/html' }) })
      expect(await troubleOf(listed(nonsense.store, ''))).toBe('unavailable')
      const cut = await bench.between({ list: faults.cutBody(1000, '<?xml version="1.0"?>') })
      expect(await troubleOf(listed(cut.store, ''))).toBe('unavailable')
      const circle = await bench.between({ list: faults.status(200, bench.test.sameAgain, { 'content-type': 'application/xml' }) })
      expect(await troubleOf(listed(circle.store, ''))).toBe('corrupt')
    })
  })

  describe('removing', () => {
    it('is repeated when the store fails in a way that passes, and given up in the end', async () => {
      for (const fault of passing()) {
        const place = await bench.between({ remove: inTurn(fault, real()) })
        await Promise.all(['a', 'b', 'c'].map((key) => place.real.put(key, bodyOf(bytes))))
        await place.store.remove(['a', 'b', 'c'])
        expect(await keysIn(place.real)).toEqual([])
        const down = await bench.between({ remove: fault })
        await down.real.put('a', bodyOf(bytes))
        expect(await troubleOf(down.store.remove(['a']))).toBe('unavailable')
        expect(await keysIn(down.real)).toEqual(['a'])
      }
    })
  })
}
