/** A place where files can lie: a folder, a bucket, a container. */
import type { Schemas } from '@vitrine/contract/instance'
import { fail } from '../errors.ts'
import type { StoragePurpose } from '../files/file.ts'

export type LocationKind = 'file' | 's3' | 'azure' | 'swift'
export type LocationStatus = 'connected' | 'not accessible' | 'error' | 'closed'

export interface StorageLocation {
  readonly id: number
  /** Counts changes of everything but the status. */
  readonly revision: number
  readonly name: string
  readonly kind: LocationKind
  /** Comes before every key; ends with a slash unless it is empty. */
  readonly prefix: string
  /** Settings of the kind under the names of the contract, without the secret ones. */
  readonly config: Schemas['LocationConfig']
  /** The secret ones, sealed together as JSON; null without any. */
  readonly secrets: string | null
  readonly allowPurge: boolean
  readonly allowRedirect: boolean
  readonly readOnly: boolean
  readonly scrubEveryDays: number | null
  readonly status: LocationStatus
  readonly statusMsg: string
  readonly createdAt: Date
}

export type LocationDefaults = Readonly<Record<StoragePurpose, number | null>>

/** Under what the secrets of a location are sealed. */
export const secretPlace = (instanceId: string, locationId: number) => `storage location ${locationId} of ${instanceId}`

/** The folder of an instance within a location: whoever shares a location never meets the files of another instance. */
export const rootOf = (instanceId: string) => `vitrine-${instanceId}/`

/** Refuses settings. The sentence must not repeat anything that may be secret. */
export const unusable = (kind: LocationKind, msg: string): never => fail('LocationConfigInvalid', { kind, msg })
