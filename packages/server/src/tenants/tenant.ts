/**
 * One instance as an object: everything a handler may do with it. Handlers receive this, never an instance id and a global,
 * so that no code path can reach another instance's rows by mistake. Built by wire.ts, kept by the directory.
 */
import type { AccessService } from '@vitrine/domain/access/access-service'
import type { DatamodelService } from '@vitrine/domain/datamodel/datamodel-service'
import type { DbInfo } from '@vitrine/domain/db-info/db-info'
import type { StatusService } from '@vitrine/domain/system/status'
import type { Administration } from './administration.ts'
import type { Background } from './background.ts'
import type { Collections } from './collections.ts'
import type { Events } from './event-log.ts'
import type { FileParts } from './files.ts'
import type { LocationParts } from './locations.ts'
import type { Outside } from './outside.ts'
import type { People } from './people.ts'
import type { RecordReads } from './record-reads.ts'
import type { RecordWrites } from './record-writes.ts'
import type { Rules } from './rules.ts'

export interface Tenant
  extends Administration, Background, Collections, Events, FileParts, LocationParts, Outside, People, RecordReads, RecordWrites, Rules {
  readonly id: string
  /** Of the instance that this was built from. */
  readonly revision: number
  /** The instance's main domain; also the database name in global object ids. */
  readonly domain: string
  readonly datamodels: DatamodelService
  readonly dbInfo: DbInfo
  readonly access: AccessService
  readonly status: StatusService
}
