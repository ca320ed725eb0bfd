/** Files of one instance and the places they lie in, built from their ports. */
import type { Access } from '@vitrine/domain/access/access'
import { BUILT_IN_CLASSES } from '@vitrine/domain/files/file-classes'
import { FileChanges } from '@vitrine/domain/files/change-file'
import { Delivery } from '@vitrine/domain/files/delivery'
import { FileRights, type FileSubjects } from '@vitrine/domain/files/file-rights'
import { Files, type UploaderNames } from '@vitrine/domain/files/files'
import type { FileStore } from '@vitrine/domain/files/file-store'
import { KeepBytes } from '@vitrine/domain/files/keep-bytes'
import { FileSignatures } from '@vitrine/domain/files/signature'
import { Uploads } from '@vitrine/domain/files/uploads'
import type { LocationStore } from '@vitrine/domain/locations/location-store'
import { OpenLocations } from '@vitrine/domain/locations/open-locations'
import type { Caller } from '@vitrine/domain/people/caller'
import type { BlobStores } from '@vitrine/domain/ports/blob-store'
import type { Clock } from '@vitrine/domain/ports/clock'
import type { Counters } from '@vitrine/domain/ports/counters'
import type { SecretBox } from '@vitrine/domain/ports/secret-box'
import type { SettingStore } from '@vitrine/domain/ports/settings'

export interface FilePorts {
  readonly instanceId: string
  readonly store: FileStore
  readonly locations: LocationStore
  readonly stores: BlobStores
  readonly subjects: FileSubjects
  readonly users: UploaderNames
  /** Those who have not signed in, as somebody with rights of their own. */
  readonly anonymous: () => Promise<Caller | null>
  readonly access: Access
  readonly counters: Counters
  readonly settings: SettingStore
  readonly secretBox: SecretBox
  readonly clock: Clock
}

export interface FileParts {
  readonly files: Files
  readonly uploads: Uploads
  readonly fileChanges: FileChanges
  readonly delivery: Delivery
  readonly openLocations: OpenLocations
  readonly keepBytes: KeepBytes
}

export function filesOf(ports: FilePorts): FileParts {
  const { store, access, counters } = ports
  const openLocations = new OpenLocations(ports)
  const keepBytes = new KeepBytes({ store, locations: openLocations, clock: ports.clock })
  const signatures = new FileSignatures(ports)
  const rights = new FileRights(ports)
  // Until an instance can say otherwise, every version is managed by rights.
  const managed = async () => () => true
  const classes = async () => BUILT_IN_CLASSES
  const files = new Files({ store, rights, signatures, users: ports.users, managed })
  return {
    files,
    openLocations,
    keepBytes,
    uploads: new Uploads({ store, bytes: keepBytes, counters, access, classes }),
    fileChanges: new FileChanges({ store, files, classes }),
    delivery: new Delivery({ store, files, signatures, locations: openLocations, managed }),
  }
}
