/**
 * What the storage of webhooks and their messages has to promise. Jobs are added in the transaction that makes them needed, so
 * that a message which waits always has a job that sends it.
 */
import type { DeliveryState, StoredWebhook, Webhook } from './webhook.ts'

export interface StoredDelivery {
  readonly id: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly eventId: number | null
  readonly eventType: string | null
  readonly lastStatus: number | null
  readonly lastError: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A message for a webhook that was chosen by number or by name. */
export interface NewDelivery {
  readonly eventId: number | null
  readonly payload: object
}

export interface DueDelivery {
  readonly id: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly eventId: number | null
  readonly payload: object
  readonly webhook: Pick<Webhook, 'id' | 'name' | 'url' | 'secret' | 'active'>
}

/** What an attempt has come to. */
export interface DeliveryOutcome {
  readonly attempt: number
  readonly state: DeliveryState
  readonly status: number | null
  readonly error: string | null
  /** Until the next attempt, for one that is still pending. */
  readonly retrySeconds: number | null
  /** The receiver does not want to hear any more. */
  readonly switchOff: boolean
}

export interface WebhookStore {
  /** By name. */
  list(): Promise<StoredWebhook[]>
  find(ids: readonly number[]): Promise<StoredWebhook[]>
  /**
   * All or none; `cursor` counts for new ones and for those switched on by it. Fails with VersionMismatch when one has been saved
   * meanwhile, and with WebhookDuplicateName.
   */
  save(webhooks: readonly Webhook[], cursor: number): Promise<void>
  /** False when there is none. */
  remove(id: number): Promise<boolean>
  deliveries(
    webhookId: number,
    page: { state: DeliveryState | null; limit: number; offset: number },
  ): Promise<{ count: number; deliveries: StoredDelivery[] }>
  addDelivery(webhookId: number, delivery: NewDelivery): Promise<StoredDelivery>
  /** Makes a message wait for an attempt at once; undefined when the webhook has none of that id. */
  sendAgain(webhookId: number, deliveryId: string): Promise<StoredDelivery | undefined>

  /** Number of the event that the webhook furthest behind has come to; undefined while all are switched off. */
  furthestBehind(): Promise<number | undefined>
  /**
   * Moves webhooks that have come at least to `from` on to `upTo`, with a message for each event that `wanted` answers for one of
   * them, and adds the next round, unless all are switched off. Two at once give each webhook each event once.
   */
  handOut(round: HandOut): Promise<void>
  /** Forgets messages that are neither waiting nor younger than that. */
  forget(before: Date): Promise<void>
  due(deliveryId: string): Promise<DueDelivery | undefined>
  /** Keeps what an attempt has come to, unless it was kept already. */
  settle(delivery: DueDelivery, outcome: DeliveryOutcome): Promise<void>
}

export interface HandOut {
  readonly from: number
  readonly upTo: number
  readonly wanted: (webhook: StoredWebhook) => readonly NewDelivery[]
  readonly next: { readonly idle: number; readonly delaySeconds: number }
}
