import { MailRefused } from '@vitrine/domain/ports/mail'
import { JobHopeless } from '@vitrine/domain/ports/queue'
import type { Job } from '../job-handlers.ts'

export const mailSend: Job<'mail-send'> = async (tenant, { mail }, run) => {
  try {
    await tenant.sendMail(mail, run)
  } catch (error) {
    throw error instanceof MailRefused ? new JobHopeless(error.message, error) : error
  }
}
