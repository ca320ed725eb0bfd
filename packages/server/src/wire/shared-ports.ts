/** What all instances of a server share. */
import type { Archives } from '@vitrine/domain/ports/archives'
import type { BlobStores } from '@vitrine/domain/ports/blob-store'
import type { Clock } from '@vitrine/domain/ports/clock'
import type { HttpFetch } from '@vitrine/domain/ports/http-fetch'
import type { MailSender } from '@vitrine/domain/ports/mail'
import type { Media } from '@vitrine/domain/ports/media'
import type { KeptCopies, WorkFiles } from '@vitrine/domain/ports/work-files'
import type { Passwords } from '@vitrine/domain/ports/passwords'
import type { SecretBox } from '@vitrine/domain/ports/secret-box'
import type { Logger } from '../log.ts'
import type { PeopleOptions } from '../tenants/people.ts'

export interface SharedPorts {
  readonly passwords: Passwords
  readonly http: HttpFetch
  /** Null where no mail server is set up. */
  readonly mail: MailSender | null
  readonly secretBox: SecretBox
  /** Where files can lie, with places that are open to one instance alone. */
  readonly storesFor: (openHosts: readonly string[]) => BlobStores
  /** Folders besides the server's own in which instances may keep files. */
  readonly fileRoots: readonly string[]
  readonly media: Media
  readonly work: WorkFiles
  readonly copies: KeptCopies
  readonly archives: Archives
  readonly clock: Clock
  readonly people: PeopleOptions
  readonly log: Logger
  /** How long bytes without a file are left alone; the usual time without it. */
  readonly uploadGraceMs?: number
  /** How often open connections are looked after; the usual time without it. */
  readonly streamCheckMs?: number
  /** Of resumable uploads; the usual size without it. */
  readonly uploadPieceBytes?: number
}
