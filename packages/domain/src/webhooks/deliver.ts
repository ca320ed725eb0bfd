/**
 * One attempt to deliver one message. It is safe to run twice: an attempt has a number, and what it has come to is kept only
 * once. Between sending and keeping the server may die: then the message is sent again, under the same id.
 */
import type { Clock } from '../ports/clock.ts'
import { FetchFailure, type HttpFetch } from '../ports/http-fetch.ts'
import type { SecretBox } from '../ports/secret-box.ts'
import { signatureHeaders } from './signature.ts'
import { secretPlace } from './webhook.ts'
import type { DeliveryOutcome, DueDelivery, WebhookStore } from './webhook-store.ts'

export interface DeliverPorts {
  readonly store: Pick<WebhookStore, 'due' | 'settle'>
  readonly http: HttpFetch
  readonly secretBox: SecretBox
  readonly clock: Clock
  readonly instanceId: string
  readonly timeoutMs?: number
}

/** Before each further attempt; together nearly thirteen hours. */
export const PAUSES_SECONDS: readonly number[] = [10, 30, 120, 600, 1800, 3600, 7200, 14_400, 18_000]
const TIMEOUT_MS = 15_000
const CONNECT_TIMEOUT_MS = 5000
const GONE = 410

export class WebhookDeliverer {
  readonly #ports: DeliverPorts

  constructor(ports: DeliverPorts) {
    this.#ports = ports
  }

  /** Fails only when the attempt was broken off or cannot be kept, so that it is worth repeating. */
  async attempt(deliveryId: string, attempt: number, signal: AbortSignal): Promise<void> {
    const delivery = await this.#ports.store.due(deliveryId)
    if (!delivery || delivery.state !== 'pending' || delivery.attempts !== attempt - 1) return
    await this.#ports.store.settle(delivery, await this.#outcome(delivery, attempt, signal))
  }

  async #outcome(delivery: DueDelivery, attempt: number, signal: AbortSignal): Promise<DeliveryOutcome> {
    if (!delivery.webhook.active)
      return { attempt, state: 'failed', status: null, error: 'the webhook is switched off', retrySeconds: null, switchOff: false }
    const { status, error } = await this.#post(delivery, signal)
    if (status !== null && status >= 200 && status < 300) return { attempt, state: 'done', status, error: null, retrySeconds: null, switchOff: false }
    const retrySeconds = status === GONE ? null : (PAUSES_SECONDS[attempt - 1] ?? null)
    const why = error ?? `the receiver answered ${status}`
    return { attempt, state: retrySeconds === null ? 'failed' : 'pending', status, error: why, retrySeconds, switchOff: status === GONE }
  }

  /** Of the answer only the status counts; its body is not read, as it may hold anything. */
  async #post(delivery: DueDelivery, signal: AbortSignal): Promise<{ status: number | null; error: string | null }> {
    const { webhook, eventId } = delivery
    const { secretBox, http, clock, instanceId, timeoutMs = TIMEOUT_MS } = this.#ports
    const body = Buffer.from(JSON.stringify(delivery.payload))
    const headers = {
      'content-type': 'application/json',
      'x-vitrine-delivery': delivery.id,
      'x-vitrine-webhook': encodeURIComponent(webhook.name),
      ...(eventId !== null && { 'x-vitrine-event': String(eventId) }),
      ...signatureHeaders(secretBox.open(webhook.secret, secretPlace(instanceId, webhook.id)), body, clock()),
    }
    try {
      const answer = await http.fetch({
        url: webhook.url,
        method: 'POST',
        headers,
        body,
        maxRedirects: 0,
        timeoutMs,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        signal,
      })
      answer.discard()
      return { status: answer.status, error: null }
    } catch (error) {
      if (!(error instanceof FetchFailure) || error.trouble === 'aborted') throw error
      return { status: null, error: error.message }
    }
  }
}
