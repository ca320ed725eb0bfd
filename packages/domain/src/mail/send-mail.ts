/** Sending one mail. What has become of it is told in the event log; the text of a mail is not. */
import type { EventWriter, NewEvent } from '../events/new-event.ts'
import { MailRefused, type MailMessage, type MailSender } from '../ports/mail.ts'

export interface SendMailPorts {
  /** Null where no mail server is set up. */
  readonly sender: MailSender | null
  readonly events: EventWriter
}

export interface MailRun {
  readonly signal: AbortSignal
  /** No repetition follows. */
  readonly last: boolean
}

/** Fails with MailRefused when it is of no use to try again, and otherwise to be tried again. */
export async function sendMail(message: MailMessage, { sender, events }: SendMailPorts, { signal, last }: MailRun): Promise<void> {
  const tell = (type: 'EMAIL_SENT' | 'EMAIL_SENT_FAILED', more: object = {}) => {
    const event: NewEvent = { type, info: { mail: message.id, to: message.to, subject: message.subject, ...more } }
    return events.write({ events: [event], actor: null })
  }
  try {
    if (!sender) throw new MailRefused('no mail server is set up')
    await sender.send(message, signal)
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 500) : 'failed'
    if (last || error instanceof MailRefused) await tell('EMAIL_SENT_FAILED', { error: reason })
    throw error
  }
  await tell('EMAIL_SENT')
}
