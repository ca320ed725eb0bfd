/** Builds an instance from the drivers of its own view of the database, and from what all instances share. */
import { AccessService } from '@vitrine/domain/access/access-service'
import { Gatherer } from '@vitrine/domain/collections/collection-records'
import { DatamodelService } from '@vitrine/domain/datamodel/datamodel-service'
import { DbInfo } from '@vitrine/domain/db-info/db-info'
import { fetchFor, openPlacesOf } from '@vitrine/domain/fetch/tenant-fetch'
import type { Instance } from '@vitrine/domain/instances/instance'
import { StandardMasks } from '@vitrine/domain/objecttypes/standard-masks'
import { watchingShared } from '@vitrine/domain/objects/shared-values'
import { RecordReader } from '@vitrine/domain/objects/read-records'
import { AllowedPlaces } from '@vitrine/domain/locations/allowed-places'
import { DEEP_LINK_REFERENCE } from '@vitrine/domain/people/system-people'
import { StatusService } from '@vitrine/domain/system/status'
import * as store from '@vitrine/drivers/postgres'
import { administrationOf } from '../tenants/administration.ts'
import { backgroundOf } from '../tenants/background.ts'
import { collectionsOf } from '../tenants/collections.ts'
import { eventsOf } from '../tenants/event-log.ts'
import { filesOf } from '../tenants/files.ts'
import { locationsOf } from '../tenants/locations.ts'
import { outsideOf } from '../tenants/outside.ts'
import { peopleOf } from '../tenants/people.ts'
import { recordWritesOf } from '../tenants/record-writes.ts'
import { rulesOf } from '../tenants/rules.ts'
import type { Tenant } from '../tenants/tenant.ts'
import type { SharedPorts } from './shared-ports.ts'

/** Which languages texts are shown in until instances can say so themselves. */
const LANGUAGES = ['en-US', 'de-DE'] as const

/** One instance as an object, on its own view of the database. */
export function tenantOf(instance: Instance, database: store.Database, shared: SharedPorts): Tenant {
  const db = database.tenant(instance.id)
  const counters = new store.PostgresCounters(db)
  const datamodels = new DatamodelService({
    store: new store.PostgresDatamodels(db),
    violations: new store.PostgresViolations(db),
    onJudgeFailed: (error) => shared.log.error({ err: error, instance: instance.id }, 'records could not be judged by the rules of the datamodel'),
  })
  const accounts = new store.PostgresAccounts(db)
  const objecttypeStore = new store.PostgresObjecttypes(db)
  const poolStore = new store.PostgresPools(db)
  const settings = new store.PostgresSettings(db)
  const { secretBox, clock } = shared
  const openPlaces = openPlacesOf(instance, shared.people.externalUrl)
  const http = fetchFor(shared.http, openPlaces)
  const rules = rulesOf({
    placeSource: new store.PostgresPlaces(db),
    followUps: new store.PostgresFollowUps(db),
    settings,
    secretBox,
    clock,
    instanceId: instance.id,
  })
  const access = new AccessService({ rules: new store.PostgresAccessRules(db), datamodels, clock })
  const standardMasks = new StandardMasks(objecttypeStore, poolStore)
  const events = new store.PostgresEvents(db)
  const people = peopleOf(
    {
      instanceId: instance.id,
      accounts,
      users: new store.PostgresUsers(db),
      groups: new store.PostgresGroups(db),
      rightPresets: new store.PostgresRightPresets(db),
      datamodels,
      principals: new store.PostgresPrincipals(db),
      counters,
      failures: new store.PostgresSignInFailures(db),
      tokens: new store.PostgresTokens(db),
      settings,
      passwords: shared.passwords,
      secretBox,
      clock,
      events,
    },
    shared.people,
  )
  const fileStore = new store.PostgresFiles(db)
  const locationStore = new store.PostgresLocations(db)
  const files = filesOf({
    instanceId: instance.id,
    databaseName: instance.domain,
    store: fileStore,
    uploadStore: new store.PostgresUploads(db),
    uploadPieceBytes: shared.uploadPieceBytes,
    jobs: new store.PostgresJobs(db),
    locations: locationStore,
    stores: shared.storesFor(openPlaces),
    media: shared.media,
    work: shared.work,
    copies: shared.copies,
    archives: shared.archives,
    http,
    subjects: new store.PostgresFileSubjects(db),
    users: new store.PostgresUploaders(db),
    anonymous: () => people.sessions.ofSystemUser(DEEP_LINK_REFERENCE),
    access,
    counters,
    events,
    settings,
    secretBox,
    clock,
    graceMs: shared.uploadGraceMs,
  })
  const recordReader = new RecordReader({
    store: new store.PostgresRecordsRead(db),
    datamodels,
    standardMasks,
    access,
    instanceId: instance.id,
    databaseName: instance.domain,
    languages: LANGUAGES,
    files: files.files,
  })
  return {
    id: instance.id,
    revision: instance.revision,
    domain: instance.domain,
    datamodels,
    access,
    dbInfo: new DbInfo({ access, places: rules.places, datamodels, subjects: new store.PostgresSubjects(db) }),
    recordReader,
    ...rules,
    ...recordWritesOf({
      store: watchingShared(new store.PostgresRecordWrites(db), (tableIds) => datamodels.judgeShared(tableIds)),
      counters,
      datamodels,
      renderer: recordReader,
      access,
      workflows: rules.workflows,
      places: rules.places,
      principals: new store.PostgresPrincipals(db),
      gatherer: new Gatherer({ store: new store.PostgresCollections(db), counters, clock }),
      followUps: rules.followUps,
      standardMasks,
      index: null,
    }),
    ...people,
    ...eventsOf({
      store: events,
      databaseName: instance.domain,
      sessions: people.sessions,
      log: shared.log,
      streamCheckMs: shared.streamCheckMs,
    }),
    ...administrationOf({
      datamodels,
      objecttypeStore,
      poolStore,
      tagStore: new store.PostgresTags(db),
      transitionStore: new store.PostgresTransitions(db),
      principals: new store.PostgresPrincipals(db),
      places: rules.places,
      counters,
      access,
      clock,
      onChoicesChanged: () => datamodels.judgeTagged(),
    }),
    ...collectionsOf({
      store: new store.PostgresCollections(db),
      counters,
      principals: new store.PostgresPrincipals(db),
      clock: shared.clock,
      datamodels,
      access,
      instanceId: instance.id,
      databaseName: instance.domain,
    }),
    ...files,
    ...locationsOf({
      instanceId: instance.id,
      locations: locationStore,
      openLocations: files.openLocations,
      keepBytes: files.keepBytes,
      files: fileStore,
      locatedFiles: new store.PostgresLocatedFiles(db),
      tasks: new store.PostgresStorageTasks(db),
      jobs: new store.PostgresJobs(db),
      allowed: new AllowedPlaces({ fileRoots: shared.fileRoots, http }),
      counters,
      secretBox,
      clock,
      graceMs: shared.uploadGraceMs,
      onSweepFailed: (error, location) => shared.log.warn({ err: error, instance: instance.id, location }, 'a storage location could not be cleared'),
    }),
    ...outsideOf({
      instanceId: instance.id,
      databaseName: instance.domain,
      webhookStore: new store.PostgresWebhooks(db),
      events,
      counters,
      http,
      mail: shared.mail,
      secretBox,
      clock,
    }),
    ...backgroundOf({ failedJobStore: new store.PostgresFailedJobs(db), progressStore: new store.PostgresJobProgress(db), clock }),
    status: new StatusService(new store.PostgresStatusStore(db), datamodels),
  }
}
