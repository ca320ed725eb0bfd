import { describe, expect, it } from 'vitest'
import { failure, fake, json, type Reply } from '../test/fake-server.ts'
import type { VitrineEvent } from './index.ts'

const event = (id: number): VitrineEvent => ({
  _basetype: 'event',
  event: { _id: id, type: 'POOL_UPDATE', timestamp: '2026-05-10T12:00:00Z', pollable: true },
})
const page = (...ids: number[]) => json(ids.map(event))
const gone = () => Promise.reject(new TypeError('gone'))

async function take(events: AsyncGenerator<VitrineEvent>, count: number): Promise<number[]> {
  const ids: number[] = []
  for await (const one of events) if (ids.push(one.event._id) === count) break
  return ids
}

describe('events', () => {
  it('go on from the last one, at once while there are more and after a pause when there are not', async () => {
    const { sdk, seen, slept } = fake([page(8, 9), page(12), page(), page(), page(13)])
    expect(await take(sdk.events({ from: 7, pageSize: 2, shortestMs: 100, longestMs: 120 }), 4)).toEqual([8, 9, 12, 13])
    expect(seen.map(({ path, query }) => [path, query['limit']])).toEqual([7, 9, 12, 12, 12].map((from) => [`/api/v1/event/poll/${from}`, '2']))
    expect(slept).toEqual([100, 120, 120])
  })

  it('begin where the session is, unless told otherwise', async () => {
    const { sdk, seen } = fake([json({ access_token: 't', current_max_event_id: 41 }), page(42)])
    expect(await take(sdk.events(), 1)).toEqual([42])
    expect(seen.map(({ path }) => path)).toEqual(['/api/v1/user/session', '/api/v1/event/poll/41'])
  })

  it('outlast a server that is away, and miss nothing', async () => {
    const replies: Reply[] = [page(1), gone, gone, gone, gone, failure('ServiceUnavailable', 503, {}, { 'retry-after': '9999' }), page(2)]
    const { sdk, seen } = fake(replies)
    expect(await take(sdk.events({ from: 0 }), 2)).toEqual([1, 2])
    expect(seen.at(-1)?.path).toBe('/api/v1/event/poll/1')
  })

  it('end with what the server refuses, and with the signal', async () => {
    const refused = fake([page(1), failure('UserRequired', 401)])
    await expect(take(refused.sdk.events({ from: 0 }), 5)).rejects.toMatchObject({ code: 'UserRequired' })
    const stop = new AbortController()
    const { sdk } = fake([page(1)], { retry: { sleep: (_, signal) => Promise.reject((stop.abort(), signal?.reason) as Error) } })
    await expect(take(sdk.events({ from: 0, signal: stop.signal }), 5)).rejects.toMatchObject({ name: 'AbortError' })
    await expect(take(sdk.events({ pageSize: 5000, from: 0 }), 1)).rejects.toThrow(RangeError)
  })
})
