/** Mails as they are handed to a mail server. */
export interface MailMessage {
  /** Made once for a mail, so that one which is handed over twice can be told by whoever receives it. */
  readonly id: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
}

/** The mail server will never take this mail; trying again is of no use. */
export class MailRefused extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'MailRefused'
  }
}

export interface MailSender {
  /** Fails with MailRefused for good, and with anything else for now. */
  send(message: MailMessage, signal?: AbortSignal): Promise<void>
  close(): void
}
