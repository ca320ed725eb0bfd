/** Where the files of an instance can lie, and the work that is done on whole locations, built from their ports. */
import type { KeepBytes } from '@vitrine/domain/files/keep-bytes'
import type { FileStore } from '@vitrine/domain/files/file-store'
import { FileSweeper } from '@vitrine/domain/files/sweep'
import type { AnyJob } from '@vitrine/domain/jobs'
import type { AllowedPlaces } from '@vitrine/domain/locations/allowed-places'
import type { LocatedFiles } from '@vitrine/domain/locations/located-files'
import type { LocationStore } from '@vitrine/domain/locations/location-store'
import { LocationTasks } from '@vitrine/domain/locations/location-tasks'
import { Locations } from '@vitrine/domain/locations/locations'
import { FileMover } from '@vitrine/domain/locations/move-files'
import type { OpenLocations } from '@vitrine/domain/locations/open-locations'
import { remakeVersions } from '@vitrine/domain/locations/remake-versions'
import { Scrubber } from '@vitrine/domain/locations/scrub'
import type { TaskStore } from '@vitrine/domain/locations/task-store'
import type { Clock } from '@vitrine/domain/ports/clock'
import type { Counters } from '@vitrine/domain/ports/counters'
import type { JobWriter } from '@vitrine/domain/ports/queue'
import type { SecretBox } from '@vitrine/domain/ports/secret-box'

export interface LocationPorts {
  readonly instanceId: string
  readonly locations: LocationStore
  readonly openLocations: OpenLocations
  readonly keepBytes: KeepBytes
  readonly files: FileStore
  readonly locatedFiles: LocatedFiles
  readonly tasks: TaskStore
  readonly jobs: JobWriter<AnyJob>
  readonly allowed: AllowedPlaces
  readonly counters: Counters
  readonly secretBox: SecretBox
  readonly clock: Clock
  readonly graceMs?: number | undefined
  readonly onSweepFailed: (error: unknown, locationId: number) => void
}

export interface LocationParts {
  readonly locations: Locations
  readonly locationTasks: LocationTasks
  readonly fileSweeper: FileSweeper
}

export function locationsOf(ports: LocationPorts): LocationParts {
  const { openLocations, keepBytes, locatedFiles, tasks, jobs, clock } = ports
  const fileSweeper = new FileSweeper({
    store: ports.files,
    locations: openLocations,
    jobs,
    clock,
    graceMs: ports.graceMs,
    onFailed: ports.onSweepFailed,
  })
  const work = { tasks, files: locatedFiles, keeper: keepBytes, locations: openLocations, clock }
  const remake = (ids: readonly number[]) => remakeVersions(ports.files, ids)
  return {
    fileSweeper,
    locations: new Locations({ ...ports, store: ports.locations, open: openLocations, sweeper: fileSweeper }),
    locationTasks: new LocationTasks({ ...ports, workers: { move: new FileMover(work), scrub: new Scrubber({ ...work, remake }) } }),
  }
}
