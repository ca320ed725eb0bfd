/**
 * Mails through a mail server, with nodemailer. Messages are plain text that we have; nothing of a message can make the client
 * read a file or fetch an address.
 */
import { createTransport } from 'nodemailer'
import { MailRefused, type MailMessage, type MailSender } from '@vitrine/domain/ports/mail'

export interface SmtpOptions {
  /** `smtp://user:password@host:port`, or `smtps://` for encryption from the first byte. */
  readonly url: string
  readonly from: string
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 30_000

export class SmtpMail implements MailSender {
  readonly #from: string
  readonly #transport: ReturnType<typeof createTransport>

  constructor({ url, from, timeoutMs = TIMEOUT_MS }: SmtpOptions) {
    this.#from = from
    const { hostname, port, protocol, username, password } = new URL(url)
    const secure = protocol === 'smtps:'
    this.#transport = createTransport({
      host: hostname.replace(/^\[(.+)\]$/, '$1'),
      port: port === '' ? (secure ? 465 : 587) : Number(port),
      secure,
      ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) }, requireTLS: !secure }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }

  async send({ id, to, subject, text }: MailMessage, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    try {
      // Line ends would begin another header.
      const oneLine = subject.replaceAll(/[\r\n]+/g, ' ')
      await this.#transport.sendMail({ from: this.#from, to: [...to], subject: oneLine, text, messageId: `<${id}@vitrine>` })
    } catch (error) {
      const { responseCode, message } = error as Error & { responseCode?: number }
      // By the protocol, 5xx means that it will never be taken; a wrong password may be put right.
      if (responseCode !== undefined && responseCode >= 500 && responseCode < 600 && responseCode !== 535 && responseCode !== 530)
        throw new MailRefused(message, error)
      throw error
    }
  }

  close(): void {
    this.#transport.close()
  }
}
