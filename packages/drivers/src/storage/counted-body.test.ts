import { Readable } from 'node:stream'
import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { describe, expect, it } from 'vitest'
import { bodyOf, bytesOf, endlessBody, failingBody, heldBytes, sha256Of, troubleOf } from '../conformance/blob-store-bodies.ts'
import { CountedBody, storing } from './counted-body.ts'

const failure = (error: unknown) => (error instanceof BlobFailure ? error : new BlobFailure('unavailable', 'the store is down', error))

/** Reads it all, and tells how much was handed out, whether or not it ended well. */
async function takenFrom(body: CountedBody): Promise<number> {
  let taken = 0
  try {
    for await (const chunk of body) taken += chunk.byteLength
  } catch (error) {
    expect(body.failure?.error).toBe(error)
  }
  return taken
}

describe('a counted body', () => {
  it('hands out everything, and then knows its size and SHA-256', async () => {
    const body = new CountedBody(bodyOf(bytesOf(1000), 100), {})
    expect([body.stored, await takenFrom(body)]).toEqual([null, 1000])
    expect([body.stored, body.failure]).toEqual([{ sizeBytes: 1000, sha256: sha256Of(bytesOf(1000)) }, null])
  })

  it('keeps back the last of what is not as promised, so that nobody can think it complete', async () => {
    const ways = [{ sha256: sha256Of(bytesOf(999)) }, { sizeBytes: 999 }, { sizeBytes: 1001 }]
    for (const options of ways) {
      const body = new CountedBody(bodyOf(bytesOf(1000), 100), options)
      expect(await takenFrom(body)).toBeLessThan(Math.min(1000, options.sizeBytes ?? 1000))
      expect([body.stored, body.failure]).toMatchObject([null, { error: { trouble: 'corrupt' } }])
    }
  })

  it('does not read on after more than was promised', async () => {
    const { body } = endlessBody(bytesOf(1_000_000))
    expect(await takenFrom(new CountedBody(body, { sizeBytes: 5 }))).toBe(0)
  })

  it('leaves nothing on a signal that outlives many chunks', async () => {
    const controller = new AbortController()
    const before = heldBytes()
    const listeners: string[] = []
    const { signal } = controller
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners.push(args[0]), add(...args))
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners.pop(), remove(...args))
    await takenFrom(new CountedBody(bodyOf(bytesOf(10_000), 10), { signal }))
    expect(listeners).toEqual([])
    expect(heldBytes() - before).toBeLessThan(1_000_000)
  })
})

describe('storing a body', () => {
  it('answers what was read', async () => {
    const stored = await storing(bodyOf(bytesOf(10)), { failure }, takenFrom)
    expect(stored).toEqual({ sizeBytes: 10, sha256: sha256Of(bytesOf(10)) })
  })

  it('fails as the store does, in the words of the port, and ends the body', async () => {
    for (const read of [0, 1]) {
      const { body } = endlessBody(bytesOf(100_000))
      const store = async (counted: CountedBody) => {
        if (read) for await (const _ of counted) break
        throw new Error('connection refused')
      }
      expect(await troubleOf(storing(body, { failure }, store))).toBe('unavailable')
      expect(body.destroyed).toBe(true)
    }
  })

  it('fails with the error of the body, whatever a client makes of it', async () => {
    const error = new Error('the sender is gone')
    const store = async (counted: CountedBody) => {
      await takenFrom(counted)
      throw new Error('premature close')
    }
    await expect(storing(failingBody(bytesOf(10), error), { failure }, store)).rejects.toBe(error)
    await expect(storing(failingBody(bytesOf(10), error), { failure }, takenFrom)).rejects.toBe(error)
  })

  it('does not end the process when the body fails before the store reads it, or after it has left', async () => {
    const error = new Error('the sender is gone')
    const body = new Readable({ read: () => undefined })
    const late = async (counted: CountedBody) => {
      body.destroy(error)
      await new Promise((resolve) => body.once('close', resolve))
      await takenFrom(counted)
    }
    await expect(storing(body, { failure }, late)).rejects.toBe(error)
  })

  it('does not take it for stored when the store was content with less', async () => {
    const store = async (counted: CountedBody) => {
      for await (const _ of counted) break
    }
    expect(await troubleOf(storing(bodyOf(bytesOf(100), 10), { failure }, store))).toBe('unavailable')
  })

  it('is aborted when the caller gives up while the store is at work, and nothing has begun if that was before', async () => {
    const controller = new AbortController()
    const store = async (counted: CountedBody) => {
      await takenFrom(counted)
      controller.abort()
      throw new Error('socket closed')
    }
    expect(await troubleOf(storing(bodyOf(bytesOf(10)), { failure, signal: controller.signal }, store))).toBe('aborted')
    let begun = false
    const work = storing(bodyOf(bytesOf(10)), { failure, signal: controller.signal }, async () => void (begun = true))
    expect([await troubleOf(work), begun]).toEqual(['aborted', false])
  })
})
