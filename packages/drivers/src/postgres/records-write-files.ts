/** Files of records: found to be linked, and kept as rows beside the records that have them. */
import { NO_ROW } from '@vitrine/domain/objects/content'
import type { Addresses, FileLinkRow, LinkableFile, RecordTransaction } from '@vitrine/domain/objects/write-store'
import type { TenantSql } from './tenant-database.ts'

/** In ascending order of ids, so that whoever changes or removes files waits for the save and the other way round. */
export async function linkableFiles(sql: TenantSql, id: string, { ids, references }: Addresses): Promise<LinkableFile[]> {
  return [
    ...(await sql<LinkableFile[]>`
      select id::float8 as id, kind, reference, upload_user::float8 as "uploadUser", class, extension, size_bytes::float8 as "sizeBytes",
        original_filepath as "originalFilepath"
      from file where instance_id = ${id} and (id = any(${ids as number[]}::bigint[]) or reference = any(${references as string[]}::text[]))
      order by file.id for key share`.execute()),
  ]
}

type Links = Awaited<ReturnType<RecordTransaction['fileLinks']>>

export async function liveFileLinks(sql: TenantSql, id: string, fileIds: readonly number[]): Promise<Links> {
  return [
    ...(await sql<Links>`
      select distinct file_id::float8 as "fileId", from_id::float8 as "systemId", column_id as "columnId" from file_link
      where instance_id = ${id} and file_id = any(${fileIds as number[]}::bigint[]) and live`.execute()),
  ]
}

export async function replaceFiles(sql: TenantSql, id: string, changed: readonly number[], links: readonly FileLinkRow[]): Promise<void> {
  const steps: Promise<unknown>[] = []
  if (changed.length > 0)
    steps.push(
      sql`update file_link set live = false where instance_id = ${id} and from_id = any(${changed as number[]}::bigint[]) and live`.execute(),
    )
  if (links.length > 0) {
    const rows = links.map(({ fromId: f, columnId: c, rowUuid: r, fileId: i }) => (r === NO_ROW ? { f, c, i } : { f, c, r, i }))
    steps.push(
      sql`
        insert into file_link (instance_id, from_id, column_id, row_uuid, file_id, live)
        select ${id}, f, c, coalesce(r, ${NO_ROW}), i, true from jsonb_to_recordset(${sql.json(rows)}) as l(f bigint, c int, r uuid, i bigint)
        on conflict (instance_id, from_id, column_id, row_uuid, file_id) do update set live = true`.execute(),
    )
  }
  await Promise.all(steps)
}
