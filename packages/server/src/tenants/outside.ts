/** What an instance tells the world outside: webhooks and mails, built from their ports. */
import type { EventStore } from '@vitrine/domain/events/event-store'
import { sendMail, type MailRun } from '@vitrine/domain/mail/send-mail'
import type { Clock } from '@vitrine/domain/ports/clock'
import type { Counters } from '@vitrine/domain/ports/counters'
import type { HttpFetch } from '@vitrine/domain/ports/http-fetch'
import type { MailMessage, MailSender } from '@vitrine/domain/ports/mail'
import type { SecretBox } from '@vitrine/domain/ports/secret-box'
import { WebhookDeliverer } from '@vitrine/domain/webhooks/deliver'
import { WebhookDispatcher } from '@vitrine/domain/webhooks/dispatch'
import type { WebhookStore } from '@vitrine/domain/webhooks/webhook-store'
import { Webhooks } from '@vitrine/domain/webhooks/webhooks'

export interface OutsidePorts {
  readonly instanceId: string
  readonly databaseName: string
  readonly webhookStore: WebhookStore
  readonly events: EventStore
  readonly counters: Counters
  readonly http: HttpFetch
  readonly mail: MailSender | null
  readonly secretBox: SecretBox
  readonly clock: Clock
}

export interface Outside {
  readonly webhooks: Webhooks
  readonly webhookDispatcher: WebhookDispatcher
  readonly webhookDeliverer: WebhookDeliverer
  readonly sendMail: (message: MailMessage, run: MailRun) => Promise<void>
}

export const outsideOf = ({ webhookStore: store, mail, ...ports }: OutsidePorts): Outside => ({
  webhooks: new Webhooks({ ...ports, store }),
  webhookDispatcher: new WebhookDispatcher({ ...ports, store }),
  webhookDeliverer: new WebhookDeliverer({ ...ports, store }),
  sendMail: (message, run) => sendMail(message, { sender: mail, events: ports.events }, run),
})
