/** Locations as they are sent and shown. */
import type { Schemas } from '@vitrine/contract/instance'
import type { StorageLocation } from './location.ts'

export type SentLocation = Schemas['Location']
/** Without anything secret. */
export type LocationDocument = Schemas['Location']

export const documentOf = (location: StorageLocation): LocationDocument => ({
  id: location.id,
  created_at: location.createdAt.toISOString(),
  name: location.name,
  kind: location.kind,
  prefix: location.prefix,
  config: location.config,
  allow_purge: location.allowPurge,
  allow_redirect: location.allowRedirect,
  read_only: location.readOnly,
  scrub_every_days: location.scrubEveryDays,
  status: location.status,
  status_msg: location.statusMsg,
})
