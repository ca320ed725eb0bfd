import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { FetchFailure, type FetchRequest, type HttpFetch } from '../ports/http-fetch.ts'
import { PAUSES_SECONDS, WebhookDeliverer } from './deliver.ts'
import type { DeliveryOutcome, DueDelivery } from './webhook-store.ts'

const DUE: DueDelivery = {
  id: 'd1',
  state: 'pending',
  attempts: 0,
  eventId: 7,
  payload: { event: { text: 'Zürich' } },
  webhook: { id: 1, name: 'Ablage für Bilder', url: 'https://hooks.test/a?b=c', secret: 'sealed', active: true },
}
const now = new Date('2026-03-01T12:00:00.900Z')

function delivering(answer: number | FetchFailure, due: Partial<DueDelivery> = {}) {
  const sent: FetchRequest[] = []
  const settled: DeliveryOutcome[] = []
  const discarded: number[] = []
  const http: HttpFetch = {
    check: () => undefined,
    checkPlace: async () => undefined,
    fetch: async (request) => {
      sent.push(request)
      if (typeof answer !== 'number') throw answer
      const body = (async function* () {
        yield* []
        throw new Error('nobody reads the body')
      })()
      return { url: request.url, status: answer, headers: {}, body, discard: () => void discarded.push(answer) }
    },
  }
  const deliverer = new WebhookDeliverer({
    store: { due: async (id) => (id === 'd1' ? { ...DUE, ...due } : undefined), settle: async (_, outcome) => void settled.push(outcome) },
    http,
    secretBox: { seal: () => '', open: (_, context) => `opened ${context}` },
    clock: () => now,
    instanceId: 'museum',
  })
  const attempt = (n: number, id = 'd1') => deliverer.attempt(id, n, new AbortController().signal)
  return { attempt, sent, settled, discarded }
}

describe('an attempt', () => {
  it('sends the message with its ids and signatures, and follows no redirect', async () => {
    const { attempt, sent, discarded } = delivering(204)
    await attempt(1)
    const body = '{"event":{"text":"Zürich"}}'
    const hmac = (kind: string, text: string) => createHmac(kind, 'opened secret of webhook 1 of museum').update(text).digest('hex')
    expect(sent).toMatchObject([{ url: DUE.webhook.url, method: 'POST', maxRedirects: 0 }])
    expect(Buffer.from(sent[0]?.body ?? []).toString()).toBe(body)
    expect(sent[0]?.headers).toEqual({
      'content-type': 'application/json',
      'x-vitrine-delivery': 'd1',
      'x-vitrine-webhook': 'Ablage%20f%C3%BCr%20Bilder',
      'x-vitrine-event': '7',
      'x-vitrine-signature': `t=1772366400,v1=${hmac('sha256', `1772366400.${body}`)}`,
      'x-hub-signature-256': `sha256=${hmac('sha256', body)}`,
      'x-hub-signature': `sha1=${hmac('sha1', body)}`,
    })
    expect(discarded).toEqual([204])
  })

  it.each([200, 201, 299])('is the last one after %i', async (status) => {
    const { attempt, settled } = delivering(status)
    await attempt(1)
    expect(settled).toEqual([{ attempt: 1, state: 'done', status, error: null, retrySeconds: null, switchOff: false }])
  })

  it.each([100, 302, 400, 404, 429, 500, 503])('is followed by another after %i', async (status) => {
    const { attempt, settled } = delivering(status)
    await attempt(1)
    expect(settled).toEqual([{ attempt: 1, state: 'pending', status, error: `the receiver answered ${status}`, retrySeconds: 10, switchOff: false }])
  })

  it('says why there was no answer, and is followed by another', async () => {
    const { attempt, settled } = delivering(new FetchFailure('refused', 'nothing is fetched from 10.0.0.1:80', new Error('with details')))
    await attempt(1)
    expect(settled).toEqual([
      { attempt: 1, state: 'pending', status: null, error: 'nothing is fetched from 10.0.0.1:80', retrySeconds: 10, switchOff: false },
    ])
  })

  it('comes ten times in all, with growing pauses within thirteen hours', async () => {
    const pauses: (number | null)[] = []
    for (let n = 1; n <= PAUSES_SECONDS.length + 1; n++) {
      const { attempt, settled } = delivering(500, { attempts: n - 1 })
      await attempt(n)
      pauses.push(settled[0]?.retrySeconds ?? null)
      expect(settled[0]?.state).toBe(n === 10 ? 'failed' : 'pending')
    }
    expect(pauses).toEqual([...PAUSES_SECONDS, null])
    const hours = PAUSES_SECONDS.reduce((sum, seconds) => sum + seconds, 0) / 3600
    expect(hours).toBeGreaterThan(12)
    expect(hours).toBeLessThan(13)
  })

  it('is the last one, and switches the webhook off, when the receiver is gone', async () => {
    const { attempt, settled } = delivering(410)
    await attempt(1)
    expect(settled).toMatchObject([{ state: 'failed', status: 410, switchOff: true, retrySeconds: null }])
  })

  it('sends nothing for a webhook that is switched off', async () => {
    const { attempt, sent, settled } = delivering(200, { webhook: { ...DUE.webhook, active: false } })
    await attempt(1)
    expect(sent).toEqual([])
    expect(settled).toMatchObject([{ state: 'failed', error: 'the webhook is switched off' }])
  })

  it('does nothing when it was made before, the message has arrived, or is gone', async () => {
    const made = delivering(200, { attempts: 1 })
    await made.attempt(1)
    const arrived = delivering(200, { state: 'done' })
    await arrived.attempt(1)
    const gone = delivering(200)
    await gone.attempt(1, 'another')
    expect([made, arrived, gone].flatMap(({ sent, settled }) => [...sent, ...settled])).toEqual([])
  })

  it('that was broken off counts for nothing and is repeated', async () => {
    const { attempt, settled } = delivering(new FetchFailure('aborted', 'given up'))
    await expect(attempt(1)).rejects.toThrow('given up')
    expect(settled).toEqual([])
  })
})
