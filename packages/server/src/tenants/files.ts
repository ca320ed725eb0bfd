/** Files of one instance and the places they lie in, built from their ports. */
import type { Access } from '@vitrine/domain/access/access'
import { FileChanges } from '@vitrine/domain/files/change-file'
import { ArchiveFiles } from '@vitrine/domain/files/archive-files'
import { Delivery } from '@vitrine/domain/files/delivery'
import { DownloadLog } from '@vitrine/domain/files/download-log'
import { FileRights, type FileSubjects } from '@vitrine/domain/files/file-rights'
import { fetchFile } from '@vitrine/domain/files/fetch-file'
import { Files, type UploaderNames } from '@vitrine/domain/files/files'
import type { EventWriter } from '@vitrine/domain/events/new-event'
import type { FileStore } from '@vitrine/domain/files/file-store'
import { Imports } from '@vitrine/domain/files/imports'
import { KeepBytes } from '@vitrine/domain/files/keep-bytes'
import { leftBodies, remoteBody } from '@vitrine/domain/files/remote-body'
import { remoteProbe } from '@vitrine/domain/files/remote-probe'
import { FileSignatures } from '@vitrine/domain/files/signature'
import { ResumableUploads } from '@vitrine/domain/files/resumable-uploads'
import type { UploadStore } from '@vitrine/domain/files/upload-store'
import { Uploads } from '@vitrine/domain/files/uploads'
import type { AnyJob } from '@vitrine/domain/jobs'
import type { LocationStore } from '@vitrine/domain/locations/location-store'
import { OpenLocations } from '@vitrine/domain/locations/open-locations'
import type { Caller } from '@vitrine/domain/people/caller'
import type { HttpFetch } from '@vitrine/domain/ports/http-fetch'
import type { Media } from '@vitrine/domain/ports/media'
import type { Archives } from '@vitrine/domain/ports/archives'
import type { BlobStores } from '@vitrine/domain/ports/blob-store'
import type { Clock } from '@vitrine/domain/ports/clock'
import type { JobWriter } from '@vitrine/domain/ports/queue'
import type { Counters } from '@vitrine/domain/ports/counters'
import type { SecretBox } from '@vitrine/domain/ports/secret-box'
import type { KeptCopies, WorkFiles } from '@vitrine/domain/ports/work-files'
import { OpenSource } from '@vitrine/domain/produce/open-source'
import { managedBy } from '@vitrine/domain/produce/produce-config'
import { ProduceConfigs } from '@vitrine/domain/produce/produce-configs'
import { OnDemand } from '@vitrine/domain/produce/on-demand'
import type { ProcessRun } from '@vitrine/domain/produce/process-file'
import { Resync } from '@vitrine/domain/produce/resync'
import { Production } from '@vitrine/domain/produce/production'
import type { SettingStore } from '@vitrine/domain/ports/settings'

export interface FilePorts {
  readonly instanceId: string
  readonly databaseName: string
  readonly store: FileStore
  readonly uploadStore: UploadStore
  readonly jobs: JobWriter<AnyJob>
  readonly uploadPieceBytes?: number | undefined
  readonly locations: LocationStore
  readonly stores: BlobStores
  readonly media: Media
  readonly work: WorkFiles
  readonly copies: KeptCopies
  readonly archives: Archives
  readonly http: HttpFetch
  readonly subjects: FileSubjects
  readonly users: UploaderNames
  /** Those who have not signed in, as somebody with rights of their own. */
  readonly anonymous: () => Promise<Caller | null>
  readonly access: Access
  readonly counters: Counters
  readonly events: EventWriter
  readonly settings: SettingStore
  readonly secretBox: SecretBox
  readonly clock: Clock
  /** How long bytes without a file are left alone. */
  readonly graceMs?: number | undefined
}

export interface FileParts {
  readonly files: Files
  readonly uploads: Uploads
  readonly resumableUploads: ResumableUploads
  readonly imports: Imports
  /** Brings the bytes of a file that was registered. */
  readonly fetchFile: (id: number, run: ProcessRun) => Promise<void>
  readonly fileChanges: FileChanges
  readonly delivery: Delivery
  readonly downloadLog: DownloadLog
  readonly produceConfigs: ProduceConfigs
  readonly resync: Resync
  readonly openLocations: OpenLocations
  readonly keepBytes: KeepBytes
  readonly production: Production
  readonly onDemand: OnDemand
  readonly archiveFiles: ArchiveFiles
}

export function filesOf(ports: FilePorts): FileParts {
  const { store, access, counters } = ports
  const openLocations = new OpenLocations(ports)
  const keepBytes = new KeepBytes({ store, locations: openLocations, clock: ports.clock, graceMs: ports.graceMs })
  const signatures = new FileSignatures(ports)
  const rights = new FileRights({ ...ports, instanceNames: ['local', ports.databaseName.toLowerCase(), ports.instanceId.toLowerCase()] })
  const remote = leftBodies(ports.http)
  const source = new OpenSource(openLocations, remote)
  const produceConfigs = new ProduceConfigs(ports)
  const config = () => produceConfigs.effective()
  const managed = async () => managedBy(await config())
  const files = new Files({ store, rights, signatures, users: ports.users, managed })
  return {
    files,
    openLocations,
    keepBytes,
    uploads: new Uploads({ store, bytes: keepBytes, counters, access, classes: config }),
    resumableUploads: new ResumableUploads({
      ...ports,
      store: ports.uploadStore,
      files: store,
      bytes: keepBytes,
      locations: openLocations,
      classes: config,
      pieceBytes: ports.uploadPieceBytes,
    }),
    imports: new Imports({ store, counters, access, classes: config, probe: remoteProbe(ports.http) }),
    fetchFile: (id, run) => fetchFile({ store, bytes: keepBytes, classes: config, remote: remoteBody(ports.http) }, id, run),
    fileChanges: new FileChanges({ store, files, classes: config }),
    production: new Production({ store, counters, bytes: keepBytes, media: ports.media, work: ports.work, source, config }),
    archiveFiles: new ArchiveFiles(ports.archives, openLocations),
    onDemand: new OnDemand({ media: ports.media, copies: ports.copies, work: ports.work, source, instanceId: ports.instanceId }),
    produceConfigs,
    resync: new Resync(ports),
    downloadLog: new DownloadLog(ports.events),
    delivery: new Delivery({ store, files, signatures, locations: openLocations, remote, managed }),
  }
}
