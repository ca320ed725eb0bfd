/**
 * For tests only: whether the tables that are worked out from records agree with what the records say. Links, files, unique values,
 * tags, access lists and parents are rows of their own, so that the database can hold and find them; after whatever requests, they have
 * to be what the stored contents amount to. The newest version has to be the record, and versions have to be a chain.
 */
import { grantRowsOf, tagRowsOf } from '@vitrine/domain/access/record-rows'
import type { Datamodel } from '@vitrine/domain/datamodel/model'
import { DatamodelService } from '@vitrine/domain/datamodel/datamodel-service'
import { mirrorsOf, objecttypeOfColumn } from '@vitrine/domain/objects/mirrors'
import { fileRowsOf } from '@vitrine/domain/objects/stored-files'
import { linkRowsOf } from '@vitrine/domain/objects/stored-links'
import { uniqueRowsOf } from '@vitrine/domain/objects/unique'
import { canonicalJson } from '@vitrine/domain/objects/values/plain-json'
import { PostgresDatamodels, PostgresViolations } from '@vitrine/drivers/postgres'
import type { TestInstance, TestServer } from './test-server.ts'

// oxlint-disable-next-line no-explicit-any -- rows of tables, of which each check looks at its part
type Row = any

interface State {
  readonly datamodel: Datamodel
  readonly records: readonly Row[]
  readonly tables: Readonly<Record<'versions' | 'links' | 'files' | 'uniques' | 'tags' | 'grants' | 'parents' | 'ghosts', readonly Row[]>>
}

/** What does not agree, as sentences; nothing where all is well. Records that were saved past the constraints are not looked for. */
export async function inconsistencies(server: TestServer, { id }: TestInstance): Promise<string[]> {
  const state = await stateOf(server, id)
  return [...derived(state), ...chains(state), ...targets(state), ...mirrored(state)]
}

async function stateOf(server: TestServer, id: string): Promise<State> {
  const db = server.database.tenant(id)
  const datamodels = new DatamodelService({
    store: new PostgresDatamodels(db),
    violations: new PostgresViolations(db),
    onJudgeFailed: (error) => {
      throw error
    },
  })
  const datamodel = await datamodels.committed(await datamodels.currentVersion())
  // One statement, so that all of it is of one moment.
  const [found] = await db.read(
    (sql) => sql<Row[]>`
      select (select coalesce(json_agg(r), '[]') from record r where instance_id = ${id}) as records,
        (select coalesce(json_agg(v order by system_id, version), '[]') from record_version v where instance_id = ${id}) as versions,
        (select coalesce(json_agg(l), '[]') from record_link l where instance_id = ${id}) as links,
        (select coalesce(json_agg(f), '[]') from file_link f where instance_id = ${id}) as files,
        (select coalesce(json_agg(json_build_object('key', key, 'digest', encode(value, 'hex'), 'from_id', from_id, 'row_uuid', row_uuid)), '[]')
          from record_unique where instance_id = ${id}) as uniques,
        (select coalesce(json_agg(t), '[]') from record_tag t where instance_id = ${id}) as tags,
        (select coalesce(json_agg(g), '[]') from record_grant g where instance_id = ${id}) as grants,
        (select coalesce(json_agg(p), '[]') from record_parent_link p where instance_id = ${id}) as parents,
        (select coalesce(json_agg(h), '[]') from record_ghost h where instance_id = ${id}) as ghosts`,
  )
  const { records, ...tables } = found
  return { datamodel, records, tables }
}

const liveOf = ({ records }: State) => records.filter(({ deleted_at }) => deleted_at === null)

function derived(state: State): string[] {
  const { datamodel, tables } = state
  const live = liveOf(state)
  const each = (rowsOf: (table: Row, record: Row) => readonly Row[]) =>
    live.flatMap((record) => {
      const table = datamodel.model.tables.get(record.table_id)
      return table ? rowsOf(table, { ...record, systemId: record.system_id, parentId: record.parent_id, tableId: record.table_id }) : []
    })
  return [
    ...difference(
      'record_link',
      each((table, { systemId, content }) => linkRowsOf(table, systemId, content)).map((l) => [l.fromId, l.columnId, l.rowUuid, l.toId]),
      tables.links.map((l) => [l.from_id, l.column_id, l.row_uuid, l.to_id]),
    ),
    ...difference(
      'record_unique',
      each((table, record) => uniqueRowsOf(table, record)).map((u) => [u.key, u.digest, u.fromId, u.rowUuid]),
      tables.uniques.map((u) => [u.key, u.digest, u.from_id, u.row_uuid]),
    ),
    ...difference(
      'record_tag',
      each((_, record) => tagRowsOf(record)).map((t) => [t.tagId, t.tableId, t.systemId]),
      tables.tags.map((t) => [t.tag_id, t.table_id, t.system_id]),
    ),
    ...difference(
      'record_grant',
      each((_, record) => grantRowsOf(record)).map((g) => [g.systemId, g.position, g.userId, g.groupId, g.role, g.sticky, g.data]),
      tables.grants.map((g) => [g.system_id, g.position, g.user_id, g.group_id, g.role, g.sticky, g.data]),
    ),
    ...parentDifference(state, live),
    ...fileDifference(state),
  ]
}

/** Parents that have been deleted are kept in a record for a return from the trash, but not in the table. */
function parentDifference({ tables }: State, live: readonly Row[]): string[] {
  const alive = new Set(live.map(({ system_id }) => system_id))
  return difference(
    'record_parent_link',
    live.flatMap(({ system_id, parents }) => parents.filter((parent: number) => alive.has(parent)).map((parent: number) => [system_id, parent])),
    tables.parents.filter(({ child_id }) => alive.has(child_id)).map(({ child_id, parent_id }) => [child_id, parent_id]),
  )
}

/** Every version names its files, also in the trash; those of the newest one are live. */
function fileDifference({ datamodel, records, tables }: State): string[] {
  const rows = new Map<string, Row>()
  const add = (record: Row, content: Row, live: boolean) => {
    const table = record && datamodel.model.tables.get(record.table_id)
    if (!table) return
    for (const { fromId, columnId, rowUuid, fileId } of fileRowsOf(table, record.system_id, content)) {
      const place = [fromId, columnId, rowUuid, fileId]
      rows.set(canonicalJson(place), [...place, live])
    }
  }
  const byId = new Map(records.map((record) => [record.system_id, record]))
  for (const { system_id, content } of tables.versions) add(byId.get(system_id), content, false)
  for (const record of records) add(record, record.content, true)
  const kept = tables.files.map((f) => [f.from_id, f.column_id, f.row_uuid, f.file_id, f.live])
  return difference('file_link', [...rows.values()], kept)
}

function difference(name: string, wanted: readonly Row[], kept: readonly Row[]): string[] {
  const [a, b] = [new Set(wanted.map(canonicalJson)), new Set(kept.map(canonicalJson))]
  return [
    ...[...a].filter((row) => !b.has(row)).map((row) => `${name} lacks ${row}`),
    ...[...b].filter((row) => !a.has(row)).map((row) => `${name} has ${row}, which no record says`),
  ]
}

const SHARED = [
  'schema_version',
  'owner_user',
  'owner_group',
  'pool_id',
  'parent_id',
  'parents',
  'child_idx',
  'tags',
  'acl',
  'private_acl',
  'content',
]
const sharedOf = (row: Row) => canonicalJson(SHARED.map((name) => row[name]))

function chains({ records, tables }: State): string[] {
  const versions = Map.groupBy(tables.versions, ({ system_id }) => system_id as number)
  return records.flatMap((record) => {
    const own = versions.get(record.system_id) ?? []
    const numbers = own.map(({ version }) => version)
    if (!numbers.every((version, i) => version === i + 1)) return [`record ${record.system_id} has the versions ${numbers.join(', ')}`]
    const newest = own.at(-1)
    if (newest?.version !== record.version) return [`record ${record.system_id} is at ${record.version}, its history at ${newest?.version}`]
    return sharedOf(newest) === sharedOf(record) ? [] : [`version ${record.version} of record ${record.system_id} is not what the record is`]
  })
}

/** Whatever leads to a record leads to a live one of the right type, or to one that is awaited. */
function targets(state: State): string[] {
  const live = new Map(liveOf(state).map((record) => [record.system_id, record]))
  const awaited = new Set(state.tables.ghosts.map(({ system_id }) => system_id))
  const dangling = state.tables.links.filter(({ to_id }) => !live.has(to_id) && !awaited.has(to_id))
  const wrong = state.tables.links.filter(({ to_id, column_id }) => {
    const target = live.get(to_id)
    return target && state.datamodel.model.columns.get(column_id)?.target?.id !== target.table_id
  })
  const lost = [...live.values()].filter(({ parent_id }) => parent_id !== null && !live.has(parent_id))
  const taken = state.records.filter(({ system_id }) => awaited.has(system_id))
  return [
    ...dangling.map(({ from_id, to_id }) => `record ${from_id} links to ${to_id}, which is not there`),
    ...wrong.map(({ from_id, to_id }) => `record ${from_id} links to ${to_id}, which is of another type`),
    ...lost.map(({ system_id, parent_id }) => `record ${system_id} stands below ${parent_id}, which is not there`),
    ...taken.map(({ system_id }) => `record ${system_id} is there and awaited`),
    ...circles(live),
  ]
}

function circles(live: ReadonlyMap<number, Row>): string[] {
  const above = (id: number) => [live.get(id)?.parent_id ?? 0, ...(live.get(id)?.parents ?? [])].filter((parent: number) => live.has(parent))
  return [...live.keys()].flatMap((start) => {
    const seen = new Set<number>()
    const open = above(start)
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at === start) return [`record ${start} is its own ancestor`]
      if (seen.has(at)) continue
      seen.add(at)
      open.push(...above(at))
    }
    return []
  })
}

function mirrored(state: State): string[] {
  const mirrors = mirrorsOf(state.datamodel.model)
  const tableOf = new Map(liveOf(state).map(({ system_id, table_id }) => [system_id, table_id]))
  const known = new Set(state.tables.links.map(({ from_id, column_id, to_id }) => `${from_id} ${column_id} ${to_id}`))
  return state.tables.links.flatMap(({ from_id, column_id, to_id }) => {
    const column = state.datamodel.model.columns.get(column_id)
    return [...((column && mirrors.get(column)) ?? [])]
      .filter((back) => tableOf.get(to_id) === objecttypeOfColumn(back).id && !known.has(`${to_id} ${back.id} ${from_id}`))
      .map((back) => `record ${from_id} has ${to_id} in ${column?.name}, which does not have it in ${back.name}`)
  })
}
