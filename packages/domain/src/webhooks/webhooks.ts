/** Webhooks of one instance: setting them up, and looking at what was sent to them. */
import { randomBytes } from 'node:crypto'
import { fail } from '../errors.ts'
import { eventKind } from '../events/event-types.ts'
import { checkVersion, nextOf } from '../people/versions.ts'
import type { Clock } from '../ports/clock.ts'
import type { Counters } from '../ports/counters.ts'
import { FetchFailure, type HttpFetch } from '../ports/http-fetch.ts'
import type { SecretBox } from '../ports/secret-box.ts'
import {
  secretPlace,
  TEST_EVENT,
  type DeliveryDocument,
  type DeliveryPage,
  type DeliveryState,
  type StoredWebhook,
  type Webhook,
  type WebhookDocument,
} from './webhook.ts'
import type { StoredDelivery, WebhookStore } from './webhook-store.ts'

export interface WebhookPorts {
  readonly store: WebhookStore
  /** Where following begins. */
  readonly events: { newest(): Promise<number> }
  readonly counters: Counters
  readonly http: Pick<HttpFetch, 'check'>
  readonly secretBox: SecretBox
  readonly clock: Clock
  readonly instanceId: string
}

interface Saved {
  readonly webhook: Webhook
  /** Told once, when the server has made it. */
  readonly madeSecret: string | null
}

export class Webhooks {
  readonly #ports: WebhookPorts

  constructor(ports: WebhookPorts) {
    this.#ports = ports
  }

  async list(): Promise<WebhookDocument[]> {
    return (await this.#ports.store.list()).map((webhook) => documentOf(webhook))
  }

  /** Names that workflow rules can call. */
  async names(): Promise<ReadonlySet<string>> {
    return new Set((await this.#ports.store.list()).map(({ name }) => name))
  }

  async read(id: number): Promise<WebhookDocument[]> {
    return [documentOf(await this.#found(id))]
  }

  async save(documents: readonly WebhookDocument[]): Promise<WebhookDocument[]> {
    const { store, events, counters } = this.#ports
    const known = new Map((await store.find(documents.flatMap(({ webhook }) => webhook._id ?? []))).map((webhook) => [webhook.id, webhook]))
    const fresh = await counters.draw('webhook', documents.filter(({ webhook }) => isNew(webhook._id)).length)
    const cursor = await events.newest()
    const taken = new Set<string>()
    const saved = documents.map(({ webhook }): Saved => {
      const before = isNew(webhook._id) ? undefined : (known.get(webhook._id) ?? missing(webhook._id))
      // A second document about the same webhook would count from what the first one makes of it.
      if (before) known.delete(before.id)
      if (taken.has(webhook.name)) fail('WebhookDuplicateName', { name: webhook.name })
      taken.add(webhook.name)
      return this.#judged(webhook, before, before?.id ?? nextOf(fresh))
    })
    await store.save(
      saved.map(({ webhook }) => webhook),
      cursor,
    )
    const stored = new Map((await store.find(saved.map(({ webhook }) => webhook.id))).map((webhook) => [webhook.id, webhook]))
    return saved.map(({ webhook, madeSecret }) => documentOf(stored.get(webhook.id) ?? missing(webhook.id), madeSecret))
  }

  async remove(id: number): Promise<void> {
    if (!(await this.#ports.store.remove(id))) missing(id)
  }

  async deliveries(id: number, page: { state: DeliveryState | null; limit: number; offset: number }): Promise<DeliveryPage> {
    await this.#found(id)
    const { count, deliveries } = await this.#ports.store.deliveries(id, page)
    return { count, limit: page.limit, offset: page.offset, objects: deliveries.map(deliveryDocument) }
  }

  async sendAgain(id: number, deliveryId: string): Promise<DeliveryDocument> {
    await this.#demandActive(id)
    const delivery = await this.#ports.store.sendAgain(id, deliveryId)
    return deliveryDocument(delivery ?? fail('ResourceNotFound', { resource: `message ${deliveryId} of webhook ${id}` }))
  }

  async test(id: number): Promise<DeliveryDocument> {
    const { name } = await this.#demandActive(id)
    const event = { type: TEST_EVENT, timestamp: this.#ports.clock().toISOString(), pollable: false, info: { webhook: name } }
    return deliveryDocument(await this.#ports.store.addDelivery(id, { eventId: null, payload: { _basetype: 'event', event } }))
  }

  #judged(sent: WebhookDocument['webhook'], before: StoredWebhook | undefined, id: number): Saved {
    checkVersion(`webhook:${id}`, before?.version ?? 0, sent._version)
    this.#checkUrl(sent.url)
    for (const type of sent.event_types ?? []) if (!eventKind(type)?.pollable) fail('WebhookEventUnknown', { type })
    const madeSecret = sent.secret === null || (sent.secret === undefined && !before) ? randomBytes(32).toString('base64url') : null
    const secret = madeSecret ?? sent.secret
    const { _id, _version, name, url, active = before?.active ?? true, secret: _, ...fields } = sent
    const webhook: Webhook = {
      id,
      version: (before?.version ?? 0) + 1,
      name,
      url,
      active,
      secret: typeof secret === 'string' ? this.#ports.secretBox.seal(secret, secretPlace(this.#ports.instanceId, id)) : (before?.secret ?? ''),
      data: { ...before?.data, ...fields },
    }
    return { webhook, madeSecret }
  }

  #checkUrl(url: string): void {
    try {
      this.#ports.http.check(url)
    } catch (error) {
      if (!(error instanceof FetchFailure)) throw error
      fail('WebhookUrlRefused', { url, msg: error.message })
    }
  }

  async #demandActive(id: number): Promise<StoredWebhook> {
    const webhook = await this.#found(id)
    return webhook.active ? webhook : fail('WebhookInactive', { name: webhook.name })
  }

  async #found(id: number): Promise<StoredWebhook> {
    return (await this.#ports.store.find([id]))[0] ?? missing(id)
  }
}

const isNew = (id: number | null | undefined): id is null | undefined => id === undefined || id === null
const missing = (id: number): never => fail('ResourceNotFound', { resource: `webhook ${id}` })

function documentOf(stored: StoredWebhook, secret: string | null = null): WebhookDocument {
  const { event_types, objecttypes, comment } = stored.data
  return {
    _basetype: 'webhook',
    webhook: {
      _id: stored.id,
      _version: stored.version,
      name: stored.name,
      url: stored.url,
      active: stored.active,
      event_types: [...(event_types ?? [])],
      objecttypes: [...(objecttypes ?? [])],
      ...(comment === undefined || comment === null ? {} : { comment }),
      ...(secret !== null && { secret }),
    },
    _created_at: stored.createdAt.toISOString(),
    _updated_at: stored.updatedAt.toISOString(),
  }
}

const deliveryDocument = (delivery: StoredDelivery): DeliveryDocument => ({
  _id: delivery.id,
  state: delivery.state,
  attempts: delivery.attempts,
  ...(delivery.eventId !== null && { event_id: delivery.eventId }),
  ...(delivery.eventType !== null && { event_type: delivery.eventType }),
  ...(delivery.lastStatus !== null && { last_status: delivery.lastStatus }),
  ...(delivery.lastError !== null && { last_error: delivery.lastError }),
  _created_at: delivery.createdAt.toISOString(),
  _updated_at: delivery.updatedAt.toISOString(),
})
