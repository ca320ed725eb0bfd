export { SmtpMail, type SmtpOptions } from './smtp-mail.ts'
export { MemoryMail } from './memory-mail.ts'
