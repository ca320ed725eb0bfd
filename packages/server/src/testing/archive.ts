/** For tests of deleting: an archive in which records hang on each other in every way there is, and short ways to act on it. */
import { schema, table } from '@vitrine/testing/datamodels'
import type { TestInstance, TestServer } from './test-server.ts'

// oxlint-disable-next-line no-explicit-any -- a test looks at the parts that it knows
export type Json = Record<string, any>
export type Items = readonly (readonly [id: number, version: number, comment: string | null])[]

const parts = table('artwork', {
  title: 'text',
  number: 'string',
  place: '-> place',
  artist: '-> artist',
  related: '-> artwork',
  hands: [{ role: 'text', person: '-> artist', notes: [{ text: 'text', by: '-> artist' }] }],
  marks: [{ code: 'string' }],
})
const marks = parts.find(({ name }) => name === 'artwork__marks')
if (marks) marks.unique_keys = [{ columns: [{ column_name_hint: 'code' }] }]
const artwork = parts[0]
if (artwork) artwork.unique_keys = [{ columns: [{ column_name_hint: 'number' }] }]

const archive = schema(
  table('place', { name: 'text' }, { is_hierarchical: true }),
  table('theme', { name: 'text', keeper: '-> artist' }, { polyhierarchical: true }),
  table('artist', { name: 'text', friend: '-> artist' }),
  parts,
  table('loan', { work: '-> artwork!', remark: 'text' }),
  table('photo', { of: '=> artwork', caption: 'text' }),
  table('print', { of: '=> photo' }),
)

export interface Saved {
  readonly id: number
  readonly systemId: number
  readonly version: number
}

export async function archiveOn(server: TestServer) {
  const at = await server.instance()
  await at.api('POST', '/api/v1/schema/user/HEAD', archive)
  const committed = await at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip')
  if (committed.status !== 200) throw new Error(committed.text)
  return { ...at, ...actionsOn(at), tenant: server.database.tenant(at.id) }
}
export type Archive = Awaited<ReturnType<typeof archiveOn>>

export const link = (type: string, { id }: { readonly id: number }): Json => ({ _objecttype: type, _mask: '_all_fields', [type]: { _id: id } })

function actionsOn(at: TestInstance) {
  const post = (type: string, blocks: readonly Json[], envelope: Json = {}) =>
    at.api(
      'POST',
      `/api/v1/db/${type}`,
      blocks.map((block) => ({ _objecttype: type, _mask: '_all_fields', ...envelope, [type]: block })),
    )
  return {
    post,
    async save(type: string, ...blocks: readonly Json[]): Promise<Saved[]> {
      const answer = await post(type, blocks)
      if (answer.status !== 200) throw new Error(answer.text)
      return (answer.body as Json[]).map((record) => ({ id: record[type]._id, systemId: record._system_object_id, version: record[type]._version }))
    },
    remove: (type: string, items: Items, params = '') => at.api('DELETE', `/api/v1/db/${type}${params && `?${params}`}`, items),
    async read(type: string, { id }: { readonly id: number }): Promise<Json | undefined> {
      return (await at.api('GET', `/api/v1/db/${type}/_all_fields/${id}`)).body[0]
    },
  }
}

/** The only record that such a save makes. */
export async function one(at: Archive, type: string, block: Json = {}): Promise<Saved> {
  const [saved] = await at.save(type, block)
  if (!saved) throw new Error('nothing was saved')
  return saved
}

/** Makes records of a type with several parents, as long as that cannot be said in a request. */
export async function below(at: Archive, child: Saved, parents: readonly Saved[]): Promise<void> {
  const ids = parents.map(({ systemId }) => systemId)
  await at.tenant.write(async (sql) => {
    await sql`update record set parents = ${ids}::bigint[] where instance_id = ${at.id} and system_id = ${child.systemId}`
    await sql`insert into record_parent_link (instance_id, child_id, parent_id) select ${at.id}, ${child.systemId}, unnest(${ids}::bigint[])`
  })
}

export interface Row {
  readonly systemId: number
  readonly version: number
  readonly deleted: boolean
  readonly parents: string[]
  readonly systemTags: string[]
  readonly content: Json
}

export async function rowOf({ tenant, id }: Archive, { systemId }: Saved): Promise<Row | undefined> {
  const [row] = await tenant.read(
    (sql) => sql<Row[]>`select system_id::int as "systemId", version, deleted_at is not null as deleted, parents, system_tags as "systemTags", content
      from record where instance_id = ${id} and system_id = ${systemId}`,
  )
  return row
}

/** Operations, versions and remarks of a record, oldest first. */
export async function historyOf({ tenant, id }: Archive, { systemId }: Saved): Promise<Json[]> {
  return tenant.read(async (sql) => [
    ...(await sql`select operation, version, comment from record_version where instance_id = ${id} and system_id = ${systemId} order by version`),
  ])
}

export async function eventsOf({ tenant, id }: Archive, type: string): Promise<{ systemId: number; version: number; objecttype: string }[]> {
  return tenant.read(async (sql) => [
    ...(await sql<{ systemId: number; version: number; objecttype: string }[]>`
        select system_object_id::int as "systemId", object_version as version, objecttype from event where instance_id = ${id} and type = ${type} order by seq`),
  ])
}
