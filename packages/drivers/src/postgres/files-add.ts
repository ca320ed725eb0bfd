/** Rows of new files, and what follows from them, for the transactions that bring files. */
import { fail } from '@vitrine/domain/errors'
import type { StoredFile } from '@vitrine/domain/files/file'
import type { Effects, FileChange, NewFile } from '@vitrine/domain/files/file-store'
import { insertTrail } from './events-insert.ts'
import { violatedConstraint } from './failures.ts'
import { claimJournal } from './files-journal.ts'
import { FILE_COLUMNS, NEW_COLUMNS, NEW_TYPES, newRow } from './files-rows.ts'
import { enqueueJobs } from './jobs.ts'
import type { TenantSql } from './tenant-database.ts'

/** Answers the files in the order in which they were given. */
export async function addFiles(sql: TenantSql, instance: string, files: readonly NewFile[], effects: Effects): Promise<StoredFile[]> {
  await claimJournal(
    sql,
    instance,
    files.flatMap(({ bytes }) => bytes ?? []),
  )
  const added = await sql<StoredFile[]>`
    with f as (insert into file (instance_id, ${sql.unsafe(NEW_COLUMNS)})
      select ${instance}, ${sql.unsafe(NEW_COLUMNS)} from jsonb_to_recordset(${sql.json(files.map(newRow) as never)}::jsonb) as r(${sql.unsafe(NEW_TYPES)})
      returning *)
    select ${sql.unsafe(FILE_COLUMNS)} from f`
  await followFiles(sql, instance, effects)
  const byId = new Map(added.map((file) => [file.id, file]))
  return files.flatMap((file) => byId.get(file.id) ?? [])
}

export async function followFiles(sql: TenantSql, instance: string, { jobs, trail }: Effects): Promise<void> {
  await enqueueJobs(sql, jobs)
  await insertTrail(sql, instance, trail)
}

/** A constraint names what was wrong with a file; which one it was stands in the request. */
export function refusedFiles(error: unknown, files: readonly (NewFile | FileChange)[]): never {
  const constraint = violatedConstraint(error)?.name
  if (constraint === 'file_reference')
    fail('EasDuplicateReference', { reference: files.map(({ reference }) => reference).find((reference) => reference) ?? '' }, { cause: error })
  if (constraint === 'file_version_name') {
    const version = files.map((file) => ('versionName' in file ? file.versionName : null)).find((name) => name !== null) ?? ''
    fail('FileVersionRefused', { version, msg: 'the original has one of that name' }, { cause: error })
  }
  if (constraint === 'file_parent_file') fail('EasNoParentID', {}, { cause: error })
  throw error
}
