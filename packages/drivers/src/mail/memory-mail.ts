/** Mails that go nowhere, for tests. `trouble` makes the next ones fail. */
import type { MailMessage, MailSender } from '@vitrine/domain/ports/mail'

export class MemoryMail implements MailSender {
  readonly sent: MailMessage[] = []
  trouble: Error | null = null

  async send(message: MailMessage, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (this.trouble) throw this.trouble
    this.sent.push(message)
  }

  close(): void {
    this.trouble = new Error('closed')
  }
}
