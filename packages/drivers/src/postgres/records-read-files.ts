/** Files that a page of records shows. */
import type { FilesFound } from '@vitrine/domain/objects/record-store'
import type { StoredFile } from '@vitrine/domain/files/file'
import { SHOWN_COLUMNS } from './files-rows.ts'
import { uploadersById, type UploaderRow } from './uploaders.ts'

type Query = <T>(text: string, parameters: readonly string[]) => Promise<readonly T[]>

const FILES = `select ${SHOWN_COLUMNS} from file f where f.id = any($1::text::bigint[])`
const VERSIONS = `select ${SHOWN_COLUMNS} from file f
  where f.parent_id = any($1::text::bigint[]) and f.kind in ('rendition', 'manual') order by f.id`
const UPLOADERS = `select id::float8 as id, login, email, data from app_user
  where id in (select upload_user from file where id = any($1::text::bigint[]))`

export async function filesShown(query: Query, ids: readonly number[]): Promise<FilesFound> {
  const parameters = [`{${ids.join(',')}}`]
  const [files, versions, uploaders] = await Promise.all([
    query<StoredFile>(FILES, parameters),
    query<StoredFile>(VERSIONS, parameters),
    query<UploaderRow>(UPLOADERS, parameters),
  ])
  return { files, versions, uploaders: uploadersById(uploaders) }
}
