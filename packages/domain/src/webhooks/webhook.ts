/** Webhooks as they are kept. */
import type { Schemas } from '@vitrine/contract/instance'

export type WebhookDocument = Schemas['Webhook']
export type DeliveryDocument = Schemas['WebhookDelivery']
export type DeliveryPage = Schemas['WebhookDeliveryPage']
export type DeliveryState = DeliveryDocument['state']

export interface WebhookFields {
  readonly event_types?: readonly string[]
  readonly objecttypes?: readonly string[]
  readonly comment?: string | null
}

export interface Webhook {
  readonly id: number
  readonly version: number
  readonly name: string
  readonly active: boolean
  readonly url: string
  /** Sealed. */
  readonly secret: string
  readonly data: WebhookFields
}

export interface StoredWebhook extends Webhook {
  /** Number of the last event that was looked at for it. */
  readonly cursor: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** Where a secret is kept: one that is copied to another webhook opens nothing there. */
export const secretPlace = (instanceId: string, id: number) => `secret of webhook ${id} of ${instanceId}`

/** The type of messages that tell of nothing. */
export const TEST_EVENT = 'WEBHOOK_TEST'
