/**
 * The one file that turns settings into drivers; everything else gets ports. In steps, so that a test can use them apart:
 * `openDatabase` finds or starts PostgreSQL, `serverOn` builds both applications on an open database, `wire` does all of it.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { AccessService } from '@vitrine/domain/access/access-service'
import { Gatherer } from '@vitrine/domain/collections/collection-records'
import { DatamodelService } from '@vitrine/domain/datamodel/datamodel-service'
import { DbInfo } from '@vitrine/domain/db-info/db-info'
import { JOB_QUEUES, type JobName } from '@vitrine/domain/jobs'
import { seedDatamodel } from '@vitrine/domain/datamodel/seed'
import { fetchFor, openPlacesOf } from '@vitrine/domain/fetch/tenant-fetch'
import type { Instance } from '@vitrine/domain/instances/instance'
import { InstanceService } from '@vitrine/domain/instances/instances'
import { StandardMasks } from '@vitrine/domain/objecttypes/standard-masks'
import { watchingShared } from '@vitrine/domain/objects/shared-values'
import { RecordReader } from '@vitrine/domain/objects/read-records'
import { AllowedPlaces } from '@vitrine/domain/locations/allowed-places'
import { clearFormer } from '@vitrine/domain/locations/former-locations'
import { seedLocations } from '@vitrine/domain/locations/location-seed'
import { seedPeople } from '@vitrine/domain/people/seed'
import { DEEP_LINK_REFERENCE } from '@vitrine/domain/people/system-people'
import { seedPools } from '@vitrine/domain/pools/pool-seed'
import type { Archives } from '@vitrine/domain/ports/archives'
import type { BlobStores } from '@vitrine/domain/ports/blob-store'
import { systemClock, type Clock } from '@vitrine/domain/ports/clock'
import type { HttpFetch } from '@vitrine/domain/ports/http-fetch'
import type { MailSender } from '@vitrine/domain/ports/mail'
import type { Media } from '@vitrine/domain/ports/media'
import type { KeptCopies, WorkFiles } from '@vitrine/domain/ports/work-files'
import type { Passwords } from '@vitrine/domain/ports/passwords'
import type { JobHandler } from '@vitrine/domain/ports/queue'
import type { SecretBox } from '@vitrine/domain/ports/secret-box'
import { StatusService } from '@vitrine/domain/system/status'
import { startEmbeddedPostgres } from '@vitrine/drivers/embedded'
import { ZipArchives } from '@vitrine/drivers/archives'
import { GuardedFetch, guardedAgents } from '@vitrine/drivers/http'
import { SmtpMail } from '@vitrine/drivers/mail'
import { MediaHere } from '@vitrine/drivers/media'
import { Argon2Passwords } from '@vitrine/drivers/passwords'
import * as store from '@vitrine/drivers/postgres'
import { installQueue, PgBossQueue, type PgBossQueueOptions } from '@vitrine/drivers/queue'
import { AesSecretBox } from '@vitrine/drivers/secrets'
import { BlobStoresHere } from '@vitrine/drivers/storage'
import { KeptCopiesFolder, WorkFolder } from '@vitrine/drivers/work'
import type { OpenAPIHono } from '@hono/zod-openapi'
import { createAdminApp } from './admin-app.ts'
import { Passphrase } from './admin-middleware/passphrase.ts'
import { createApp } from './app.ts'
import type { Settings } from './config.ts'
import type { ServerEnv } from './env.ts'
import { resumeSweeps, type Journals } from './jobs/files/resume-sweeps.ts'
import { jobHandlers } from './jobs/job-handlers.ts'
import { Lifecycle } from './lifecycle.ts'
import type { Logger } from './log.ts'
import { ownServices, type OwnService } from './own-services.ts'
import { keptSecret } from './secrets.ts'
import { administrationOf } from './tenants/administration.ts'
import { backgroundOf } from './tenants/background.ts'
import { collectionsOf } from './tenants/collections.ts'
import { TenantDirectory } from './tenants/directory.ts'
import { eventsOf } from './tenants/event-log.ts'
import { filesOf } from './tenants/files.ts'
import { locationsOf } from './tenants/locations.ts'
import { outsideOf } from './tenants/outside.ts'
import { peopleOf, type PeopleOptions } from './tenants/people.ts'
import { recordWritesOf } from './tenants/record-writes.ts'
import { rulesOf } from './tenants/rules.ts'
import type { Tenant } from './tenants/tenant.ts'

/** Which languages texts are shown in until instances can say so themselves. */
const LANGUAGES = ['en-US', 'de-DE'] as const
/** Of images that tiles and the like are made from, on the disk of this server. */
const KEPT_COPIES_BYTES = 4 * 1024 ** 3
/** Folder for files within the data folder. */
const FILES = 'files'
/** Longer than any server remembers where a host belongs (`TenantDirectory`). */
const REMOVAL_GRACE_MS = 2000

/** What all instances of a server share. */
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

export interface ServerOptions extends SharedPorts {
  readonly database: store.Database
  readonly passphrase: Passphrase
  readonly defaultInstance: string
  readonly maxBodyBytes: number
  readonly version: string
}

export interface Server {
  readonly app: OpenAPIHono<ServerEnv>
  readonly adminApp: OpenAPIHono<ServerEnv>
  readonly instances: InstanceService
  readonly tenants: TenantDirectory
  readonly lifecycle: Lifecycle
  /** What is done in the background, by the name of the job. */
  readonly jobs: Readonly<Record<JobName, JobHandler>>
  /** Sees to it that somebody comes back for what servers that died have left half stored. */
  resumeSweeps(signal: AbortSignal): Promise<void>
}

export interface Wired extends Server {
  /** Keeps everything that is fetched away from a port of ours. */
  keepFrom(service: OwnService): void
  /** Begins to work in the background, on servers that do. */
  startWork(): Promise<void>
  /** Takes no more jobs and waits for running ones, up to a limit. */
  stopWork(graceMs: number): Promise<void>
  /** What the operator should be told after the start. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

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

/** What a new instance needs from the start, in this order. */
function seedsOn(database: store.Database, shared: SharedPorts) {
  return [
    async ({ id }: Instance, passphrase: string | null) => {
      const db = database.tenant(id)
      const ports = { store: new store.PostgresPeopleSeed(db), counters: new store.PostgresCounters(db), passwords: shared.passwords }
      // Without a passphrase nobody can sign in until the owner has registered: a password nobody knows stands in its place.
      await seedPeople(ports, { rootPassword: passphrase ?? randomBytes(32).toString('base64url') })
    },
    async ({ id }: Instance) => {
      const db = database.tenant(id)
      await seedPools({ store: new store.PostgresPools(db), counters: new store.PostgresCounters(db) })
    },
    async ({ id }: Instance) => {
      const db = database.tenant(id)
      await seedLocations({ store: new store.PostgresLocations(db), counters: new store.PostgresCounters(db) })
    },
    async ({ id }: Instance) => seedDatamodel(new store.PostgresDatamodels(database.tenant(id))),
  ]
}

export function serverOn(options: ServerOptions): Server {
  const { database, log } = options
  const former = new store.PostgresFormerLocations(database)
  const instances = new InstanceService({
    store: new store.PostgresInstances(database),
    remains: former,
    seeds: seedsOn(database, options),
    defaultDomain: options.defaultInstance,
    graceMs: REMOVAL_GRACE_MS,
  })
  // The external address is that of the default instance; the others are reached under their own names.
  const peopleOptions = ({ domain }: Instance): PeopleOptions =>
    domain === options.defaultInstance ? options.people : { ...options.people, externalUrl: null }
  const tenants = new TenantDirectory({
    instances,
    build: (instance) => {
      const tenant = tenantOf(instance, database, { ...options, people: peopleOptions(instance) })
      tenant.datamodels.resume()
      return tenant
    },
  })
  const lifecycle = new Lifecycle(() => database.ping())
  const byId = async (id: string) => {
    const instance = await instances.byId(id)
    return instance && tenants.tenantOf(instance)
  }
  const journals: Journals = {
    of({ id }) {
      const db = database.tenant(id)
      return { journal: new store.PostgresFiles(db), jobs: new store.PostgresJobs(db) }
    },
  }
  return {
    instances,
    tenants,
    lifecycle,
    async resumeSweeps(signal) {
      await former.resume()
      await resumeSweeps(journals, instances.all(), signal)
    },
    jobs: jobHandlers({ byId, clearFormer: (instance, signal) => clearFormer({ ...options, store: former }, instance, signal) }),
    app: createApp({ tenants, lifecycle, log, maxBodyBytes: options.maxBodyBytes }),
    adminApp: createAdminApp({ instances, passphrase: options.passphrase, lifecycle, log, version: options.version }),
  }
}

interface OpenDatabase {
  readonly database: store.Database
  readonly connection: store.DatabaseOptions['connection']
  readonly notes: readonly string[]
  close(): Promise<void>
}

/** Migrated and ready. The embedded database is started or adopted where no URL names another. */
export async function openDatabase(settings: Settings, log: Logger): Promise<OpenDatabase> {
  if (settings.databaseUrl !== null) {
    const database = await migrated(settings.databaseUrl, settings, log)
    return { database, connection: settings.databaseUrl, notes: [], close: () => database.close() }
  }
  const server = await startEmbeddedPostgres({ dataDir: path.join(settings.dataDir, 'postgres'), log: (line) => log.info({ embedded: true }, line) })
  try {
    const database = await migrated(server.connection, settings, log)
    const close = async () => {
      await database.close()
      await server.stop()
    }
    return { database, connection: server.connection, notes: server.notes, close }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function migrated(connection: store.DatabaseOptions['connection'], settings: Settings, log: Logger): Promise<store.Database> {
  try {
    await store.migrate(connection, () => installQueue(queueOptions(connection, log)))
    const database = await store.Database.open({ connection, maxConnections: settings.maxConnections, statementTimeoutMs: settings.requestTimeoutMs })
    await store.grantToTenantRole(database.control)
    return database
  } catch (error) {
    throw new Error(
      `the database cannot be used: ${error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error)}`,
      { cause: error },
    )
  }
}

function queueOptions(connection: store.DatabaseOptions['connection'], log: Logger): PgBossQueueOptions {
  return { connection, queues: JOB_QUEUES, log: (failure, about) => log.warn({ err: failure }, about) }
}

/** Stores whose connections pass the guard. What is open to an instance is open to its stores as well. */
function storesOf(settings: Settings, ownServices: readonly OwnService[]): SharedPorts['storesFor'] {
  const guard = { blockedHosts: settings.blockedHosts, openHosts: settings.openHosts, ownServices }
  const folders = { filesRoot: path.join(settings.dataDir, FILES), fileRoots: settings.fileRoots }
  const forAll = new BlobStoresHere({ ...folders, agents: guardedAgents(guard) })
  return (open) => (open.length === 0 ? forAll : new BlobStoresHere({ ...folders, agents: guardedAgents({ ...guard, open }) }))
}

/**
 * Makes the folder for files where there is none. One that is there and empty, although there are instances, waits for a disk: it is
 * not written to, and the server does what it can without it.
 */
async function prepareFiles(
  settings: Settings,
  stores: BlobStores,
  { isNew, log }: { readonly isNew: boolean; readonly log: Logger },
): Promise<void> {
  const write = isNew || !existsSync(path.join(settings.dataDir, FILES))
  try {
    await stores.open({ kind: 'file', dir: '.' }, '').check({ write })
  } catch (error) {
    log.error({ err: error }, 'files cannot be kept in the data folder')
  }
}

/** The whole server from its settings: database, secrets, first instance, both applications. */
export async function wire(settings: Settings, log: Logger): Promise<Wired> {
  const notes: string[] = []
  await mkdir(settings.dataDir, { recursive: true })
  const secret = async (given: string | null, name: string, tell: (value: string, file: string) => string) => {
    if (given !== null) return given
    const kept = await keptSecret(settings.dataDir, name)
    if (kept.made) notes.push(tell(kept.value, kept.file))
    return kept.value
  }
  const open = await openDatabase(settings, log)
  const ours = ownServices(settings)
  const workDir = path.join(settings.dataDir, 'work')
  const work = new WorkFolder(workDir)
  const media = new MediaHere({ tempDir: workDir })
  const mail = settings.smtpUrl !== null && settings.mailFrom !== null ? new SmtpMail({ url: settings.smtpUrl, from: settings.mailFrom }) : null
  try {
    const encryptionKey = await secret(settings.encryptionKey, 'encryption-key', (_, file) => `secrets at rest are encrypted with the key in ${file}`)
    const passphrase = await secret(
      settings.adminPassphrase,
      'admin-passphrase',
      (_, file) => `the passphrase of the administration API is in ${file}`,
    )
    const storesFor = storesOf(settings, ours)
    const server = serverOn({
      database: open.database,
      passphrase: await Passphrase.fromText(passphrase),
      passwords: new Argon2Passwords(),
      http: new GuardedFetch({
        blockedHosts: settings.blockedHosts,
        openHosts: settings.openHosts,
        ownServices: ours,
        userAgent: `vitrine/${VERSION}`,
      }),
      mail,
      media,
      work,
      copies: new KeptCopiesFolder(workDir, KEPT_COPIES_BYTES),
      archives: new ZipArchives(),
      storesFor,
      fileRoots: settings.fileRoots,
      secretBox: new AesSecretBox(encryptionKey),
      clock: systemClock,
      people: { guestLogin: settings.guestLogin, externalUrl: settings.externalUrl },
      defaultInstance: settings.defaultInstance,
      maxBodyBytes: settings.maxBodyBytes,
      uploadGraceMs: settings.uploadGraceMs,
      version: VERSION,
      log,
    })
    await work.tidy()
    await prepareFiles(settings, storesFor([]), { isNew: (await server.instances.count()) === 0, log })
    await server.instances.tidy()
    if (settings.defaultInstance !== '') {
      const password = await secret(
        settings.rootPassword,
        'root-password',
        (value, file) => `sign in as root with the password ${value} (kept in ${file})`,
      )
      await server.instances.ensureDefault(settings.defaultInstance, password)
    }
    const stopped = new AbortController()
    let resuming: Promise<void> | undefined
    const queue = settings.worker ? new PgBossQueue(queueOptions(open.connection, log)) : null
    return {
      ...server,
      notes: [...open.notes, ...notes],
      keepFrom: ({ host, port }) => void ours.push({ host, port }),
      async startWork() {
        await queue?.start(server.jobs)
        const told = (error: unknown) => log.warn({ err: error }, 'not all instances could be looked through for files that were half stored')
        resuming = server.resumeSweeps(stopped.signal).catch(told)
      },
      async stopWork(graceMs) {
        stopped.abort()
        await Promise.all([resuming, queue?.stop(graceMs)])
      },
      async close() {
        mail?.close()
        await media.close()
        await open.close()
      },
    }
  } catch (error) {
    await open.close()
    throw error
  }
}

const VERSION = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version
