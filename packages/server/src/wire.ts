/**
 * The one place that turns settings into drivers, with the files of `wire/`; everything else gets ports. In steps, so that a test can
 * use them apart: `openDatabase` finds or starts PostgreSQL, `serverOn` builds both applications on an open database, `wire` does it all.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { JobName } from '@vitrine/domain/jobs'
import type { Instance } from '@vitrine/domain/instances/instance'
import { InstanceService } from '@vitrine/domain/instances/instances'
import { clearFormer } from '@vitrine/domain/locations/former-locations'
import type { BlobStores } from '@vitrine/domain/ports/blob-store'
import { systemClock } from '@vitrine/domain/ports/clock'
import type { JobHandler } from '@vitrine/domain/ports/queue'
import { ZipArchives } from '@vitrine/drivers/archives'
import { GuardedFetch, guardedAgents } from '@vitrine/drivers/http'
import { SmtpMail } from '@vitrine/drivers/mail'
import { MediaHere } from '@vitrine/drivers/media'
import { Argon2Passwords } from '@vitrine/drivers/passwords'
import * as store from '@vitrine/drivers/postgres'
import { PgBossQueue } from '@vitrine/drivers/queue'
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
import { TenantDirectory } from './tenants/directory.ts'
import type { PeopleOptions } from './tenants/people.ts'
import { openDatabase, queueOptions } from './wire/open-database.ts'
import { seedsOn } from './wire/seeds-on.ts'
import type { SharedPorts } from './wire/shared-ports.ts'
import { tenantOf } from './wire/tenant-of.ts'

/** Of images that tiles and the like are made from, on the disk of this server. */
const KEPT_COPIES_BYTES = 4 * 1024 ** 3
/** Folder for files within the data folder. */
const FILES = 'files'
/** Longer than any server remembers where a host belongs (`TenantDirectory`). */
const REMOVAL_GRACE_MS = 2000

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
