/** For tests of saving: an instance with the datamodel of the fixture, and short ways to save, delete, look and be refused. */
import type { SavedRenderer } from '@vitrine/domain/objects/saved-renderer'
import { RecordDeleter, type DeleterPorts } from '@vitrine/domain/objects/delete'
import { AccessService } from '@vitrine/domain/access/access-service'
import { RecordSaver, type Saved, type SaveOptions, type SaverPorts } from '@vitrine/domain/objects/save'
import { Gatherer } from '@vitrine/domain/collections/collection-records'
import { Places } from '@vitrine/domain/places/places'
import { systemClock } from '@vitrine/domain/ports/clock'
import { Confirmations } from '@vitrine/domain/workflow/confirmations'
import { Workflows } from '@vitrine/domain/workflow/workflows'
import { isDomainError } from '@vitrine/domain/errors'
import { PostgresAccessRules } from './access-rules.ts'
import { PostgresCollections } from './collections.ts'
import { PostgresCounters } from './counters.ts'
import { PostgresFollowUps } from './follow-ups.ts'
import { PostgresPlaces } from './places.ts'
import { PostgresPrincipals } from './principals.ts'
import { PostgresSettings } from './settings.ts'
import type { TenantDatabase } from './tenant-database.ts'
import { PostgresRecordWrites } from './records-write.ts'
import { NO_WISH, rootCaller, testDatamodel } from './records-write.fixture.ts'
import type { TestDatabase } from './test-database.ts'

export type Json = Record<string, unknown>
export interface Row {
  systemId: number
  version: number
  parent: number | null
  owner: number | null
  tags: string[]
  content: Json
  deleted: boolean
}

/** Answers with what the renderer was asked for, so that a test sees what a save did without the reading side. */
const echo: SavedRenderer = {
  renderSaved: (items) => Promise.resolve(JSON.stringify(items.map((item) => ({ ...item, mask: undefined })))),
  renderUnsaved: (items) => Promise.resolve(JSON.stringify(items.map((item) => ({ ...item, table: undefined, mask: undefined })))),
}

/** Everything that saving asks for, over a real database. Root saves, and there are no rules: neither is asked about rights. */
export function saverPorts(tenant: TenantDatabase, renderer: SavedRenderer): SaverPorts & DeleterPorts {
  const datamodels = { committed: (version: number) => Promise.resolve(testDatamodel(version)), currentVersion: () => Promise.resolve(1) }
  const places = { at: async () => new Places((await new PostgresPlaces(tenant).read()).value) }
  const settings = new PostgresSettings(tenant)
  // Nothing is asked here that would need a secret.
  const secretBox = { seal: (text: string) => text, open: (sealed: string) => sealed }
  const confirmations = new Confirmations({ settings, secretBox, clock: systemClock, instanceId: tenant.instanceId })
  return {
    ...{ store: new PostgresRecordWrites(tenant), counters: new PostgresCounters(tenant), datamodels, renderer, places },
    access: new AccessService({ rules: new PostgresAccessRules(tenant), datamodels, clock: systemClock }),
    workflows: new Workflows({ places, confirmations }),
    index: null,
    standardMasks: { applyTo: (datamodel) => Promise.resolve(datamodel) },
    principals: new PostgresPrincipals(tenant),
    followUps: new PostgresFollowUps(tenant),
    gatherer: new Gatherer({ store: new PostgresCollections(tenant), counters: new PostgresCounters(tenant), clock: systemClock }),
  }
}

/** The answer of a save that asks nothing. */
export function textOf(saved: Saved): string {
  if ('json' in saved) return saved.json
  throw new Error(`the save asks: ${JSON.stringify(saved.tasks)}`)
}

export async function instanceIn(db: TestDatabase) {
  const tenant = db.instance()
  const id = tenant.instanceId
  await tenant.write(
    (sql) =>
      sql`insert into datamodel_version (instance_id, version, based_on, committed_at, schema, masks, translations) values (${id}, 1, 0, now(), '{}', '{}', '{}')`,
  )
  const store = new PostgresRecordWrites(tenant)
  const counters = new PostgresCounters(tenant)
  const saver = new RecordSaver(saverPorts(tenant, echo))
  const deleter = new RecordDeleter(saverPorts(tenant, echo))
  const save = async (type: string, records: Json[], options: Partial<SaveOptions> = {}) =>
    JSON.parse(
      textOf(
        await saver.save(
          type,
          records,
          { format: 'short', files: NO_WISH, dryRun: false, skipConstraints: false, skipReverseNested: false, ...options },
          rootCaller(),
        ),
      ),
    ) as Json[]
  const row = async (systemId: number) => {
    const [found] = await tenant.read(
      (sql) => sql<
        Row[]
      >`select system_id::int as "systemId", version, parent_id::int as parent, owner_user::int as owner, tags, content, deleted_at is not null as deleted
        from record where instance_id = ${id} and system_id = ${systemId}`,
    )
    return found
  }
  const remove = (type: string, items: [number, number, string | null][]) => deleter.delete(type, items, rootCaller())
  return { tenant, id, store, counters, saver, deleter, save, row, remove }
}
export type Instance = Awaited<ReturnType<typeof instanceIn>>

export const record = (type: string, block: Json, envelope: Json = {}): Json => ({
  _objecttype: type,
  _mask: '_all_fields',
  ...envelope,
  [type]: block,
})
export const artwork = (block: Json, envelope: Json = {}) => record('artwork', block, envelope)
export const link = (type: string, block: Json) => record(type, block)

/** The code and parameters that something is refused with. */
export async function refusal(run: Promise<unknown>): Promise<Json> {
  try {
    await run
  } catch (error) {
    if (isDomainError(error)) return { code: error.code, ...error.parameters }
    throw error
  }
  return { code: 'none' }
}

export async function idOf({ tenant, id }: Instance, systemId: unknown): Promise<number> {
  const [found] = await tenant.read(
    (sql) => sql<{ id: number }[]>`select object_id::int as id from record where instance_id = ${id} and system_id = ${systemId as number}`,
  )
  return found?.id ?? 0
}
