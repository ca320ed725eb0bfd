import { describe, expect, it } from 'vitest'
import { failure, fake, json } from '../test/fake-server.ts'
import { ConnectionError, isVitrineError } from './index.ts'
import { DEFAULT_RETRY, sleep, waitBefore, type Outcome } from './retry.ts'

const network = (): Error => new TypeError('fetch failed')
const record = { path: { objecttype: 'vase' }, body: [{ _objecttype: 'vase', _mask: '_all_fields' }] }

describe('repeating requests', () => {
  it('repeats a read after a network error, waiting longer each time', async () => {
    const { sdk, slept } = fake([network(), network(), json([])])
    expect(await sdk.tagList()).toEqual([])
    expect(slept).toEqual([250, 500])
  })

  it('gives up after the last attempt and says what happened', async () => {
    const { sdk, seen } = fake([network(), network(), network(), network()])
    const error = await sdk.tagList().catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ConnectionError)
    expect((error as Error).message).toBe('GET /api/v1/tags: no connection')
    expect(seen).toHaveLength(4)
  })

  it('never repeats a write after a network error', async () => {
    const { sdk, seen } = fake([network(), json([])])
    await expect(sdk.objectSave(record)).rejects.toBeInstanceOf(ConnectionError)
    expect(seen).toHaveLength(1)
  })

  it('repeats a write that met a lock, with the identical body', async () => {
    const { sdk, seen } = fake([failure('DatabaseLockError', 423, { object: 'vase:1' }), json([])])
    await sdk.objectSave(record)
    expect(seen).toHaveLength(2)
    expect(seen[1]).toEqual(seen[0])
    expect(JSON.parse(seen[1]?.body ?? '')).toEqual(record.body)
  })

  it('repeats a write the server did not begin, but not one that ran out of time', async () => {
    const busy = fake([failure('ServiceUnavailable', 503), json([])])
    await busy.sdk.objectSave(record)
    expect(busy.seen).toHaveLength(2)
    const late = fake([failure('RequestTimeout', 503), json([])])
    await expect(late.sdk.objectSave(record)).rejects.toThrow('RequestTimeout')
    expect(late.seen).toHaveLength(1)
  })

  it('waits as long as retry-after asks', async () => {
    const { sdk, slept } = fake([failure('TooManyRequests', 429, {}, { 'retry-after': '2' }), json([])])
    await sdk.objectSave(record)
    expect(slept).toEqual([2250])
  })

  it('does not wait longer than its limit', async () => {
    const { sdk, seen } = fake([failure('TooManyRequests', 429, {}, { 'retry-after': '3600' })])
    await expect(sdk.tagList()).rejects.toSatisfy((error) => isVitrineError(error, 'TooManyRequests'))
    expect(seen).toHaveLength(1)
  })

  it('does not repeat what the server refused', async () => {
    const { sdk, seen } = fake([failure('VersionMismatch', 400)])
    await expect(sdk.objectSave(record)).rejects.toThrow('VersionMismatch')
    expect(seen).toHaveLength(1)
  })
})

describe('waiting', () => {
  const policy = { ...DEFAULT_RETRY, random: () => 0, now: () => Date.UTC(2026, 0, 1) }
  const answer = (status: number, retryAfter: string | null = null): Outcome => ({ kind: 'answer', status, code: undefined, retryAfter })

  it('takes half of the wait from chance', () => {
    expect(waitBefore(1, 'GET', { kind: 'network' }, policy)).toBe(125)
    expect(waitBefore(1, 'GET', { kind: 'network' }, { ...policy, random: () => 1 })).toBe(250)
  })

  it('understands retry-after as a date', () => {
    expect(waitBefore(1, 'GET', answer(429, 'Thu, 01 Jan 2026 00:00:05 GMT'), policy)).toBe(5125)
  })

  it('leaves a lock without its code alone', () => {
    expect(waitBefore(1, 'POST', answer(423), policy)).toBeUndefined()
  })

  it('ends with the signal', async () => {
    const stop = new AbortController()
    const waiting = sleep(60_000, stop.signal)
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await expect(sleep(1, stop.signal)).rejects.toThrow('enough')
    await expect(sleep(0)).resolves.toBeUndefined()
  })
})
