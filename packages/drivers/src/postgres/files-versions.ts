/** What downloads ask for: files by id, each with what was made of it and has the hash that the address names. */
import { isOriginal, type StoredFile } from '@vitrine/domain/files/file'
import type { VersionsFound } from '@vitrine/domain/files/file-store'
import { SHOWN_COLUMNS } from './files-rows.ts'
import type { TenantDatabase } from './tenant-database.ts'

export interface VersionAsked {
  readonly id: number
  readonly hash: string
}

/** Others cannot be stored, and a text that the database does not take would fail for all who ask along with it. */
const HASH = /^[0-9a-f]{1,128}$/

/** One statement; in the order of the questions. `offset 0` keeps each look on its index, whatever the statistics say. */
export async function findVersions(db: TenantDatabase, asked: readonly VersionAsked[]): Promise<VersionsFound[]> {
  const ids = [...new Set(asked.map(({ id }) => id))]
  const pairs = asked.filter(({ hash }) => HASH.test(hash))
  const rows = await db.read(
    (sql) => sql<StoredFile[]>`
      select ${sql.unsafe(SHOWN_COLUMNS)} from unnest(${ids}::bigint[]) as a(id)
        cross join lateral (select * from file where instance_id = ${db.instanceId} and id = a.id offset 0) f
      union all
      select ${sql.unsafe(SHOWN_COLUMNS)} from unnest(${pairs.map(({ id }) => id)}::bigint[], ${pairs.map(({ hash }) => hash)}::text[]) as a(id, hash)
        cross join lateral (select * from file where instance_id = ${db.instanceId} and parent_id = a.id offset 0) f
        where f.hash = a.hash and f.kind not in ('original', 'produced')`,
  )
  const byId = new Map(rows.map((file) => [file.id, file]))
  const below = Map.groupBy(byId.values(), ({ parentId }) => parentId)
  return asked.map(({ id, hash }) => ({
    file: byId.get(id),
    versions: (below.get(id) ?? []).filter((row) => row.hash === hash && !isOriginal(row)).toSorted((a, b) => a.id - b.id),
  }))
}
