/**
 * Writing records with PostgreSQL. Every method is one statement, however many records it is about; rows travel as one `jsonb`
 * parameter. Statements are started as they are called, so what a caller starts together travels together.
 */
import type { Identity, RecordTransaction, RecordWriteStore } from '@vitrine/domain/objects/write-store'
import { recorderOf } from './events-insert.ts'
import { PostgresAccessSource } from './access-source.ts'
import { CollectionWriter } from './collection-members.ts'
import { queueFollowUps } from './follow-ups.ts'
import { deletionOf } from './records-delete.ts'
import { replaceGrants, replaceTags } from './records-write-access.ts'
import { linkableFiles, liveFileLinks, replaceFiles } from './records-write-files.ts'
import { RecordIdentities } from './records-write-identity.ts'
import { RecordFinder } from './records-write-find.ts'
import { identityOf, type IdentityRow } from './records-write-rows.ts'
import { RecordWriter } from './records-write-store.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

export class PostgresRecordWrites implements RecordWriteStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  transaction<T>(run: (tx: RecordTransaction) => Promise<T>): Promise<T> {
    return this.#db.write((sql) => run(recordTransactionOn(sql, this.#db.instanceId)))
  }

  taken({ systemIds, tableId, objectIds, uuids }: Parameters<RecordWriteStore['taken']>[0]): Promise<Identity[]> {
    const id = this.#db.instanceId
    return this.#db.read(async (sql) => {
      const rows = await sql<IdentityRow[]>`
        select system_id, table_id, object_id, uuid from record where instance_id = ${id} and system_id = any(${systemIds as number[]}::bigint[])
        union select system_id, table_id, object_id, uuid from record
          where instance_id = ${id} and table_id = ${tableId} and object_id = any(${objectIds as number[]}::bigint[])
        union select system_id, table_id, object_id, uuid from record where instance_id = ${id} and uuid = any(${uuids as string[]}::uuid[])`
      return rows.map(identityOf)
    })
  }
}

export function recordTransactionOn(sql: TenantSql, instanceId: string): RecordTransaction {
  const find = new RecordFinder(sql, instanceId)
  const write = new RecordWriter(sql, instanceId)
  const identities = new RecordIdentities(sql, instanceId)
  return {
    access: new PostgresAccessSource(sql, instanceId),
    collections: new CollectionWriter(sql, instanceId),
    datamodelVersion: () => find.datamodelVersion(),
    findRecords: (wanted) => find.records(wanted),
    findByUnique: (key, wanted) => find.byUnique(key, wanted),
    findByColumn: (tableId, columnKey, wanted, language) => find.byColumn(tableId, columnKey, wanted, language),
    pools: (wanted) => find.pools(wanted),
    tags: (wanted) => find.tags(wanted),
    users: (wanted) => find.users(wanted),
    groups: (wanted) => find.groups(wanted),
    lockIdentities: (names) => identities.lock(names),
    deferTargets: (wanted) => identities.deferTargets(wanted),
    ghosts: (wanted) => identities.ghosts(wanted),
    dropGhosts: (systemIds) => identities.dropGhosts(systemIds),
    relink: (moves) => identities.relink(moves),
    reverseRows: (places) => find.reverseRows(places),
    linkedFrom: (systemIds, columnIds) => find.linkedFrom(systemIds, columnIds),
    subjects: (systemIds) => find.subjects(systemIds),
    lockHierarchy: (tableId) => write.lockHierarchy(tableId),
    lockForChange: (systemIds) => write.lockForChange(systemIds),
    lockObjectsForChange: (tableId, objectIds) => write.lockObjectsForChange(tableId, objectIds),
    lockTargets: (systemIds) => write.lockTargets(systemIds),
    insert: (rows) => write.insert(rows),
    update: (rows) => write.update(rows),
    replaceLinks: (changed, rows) => write.replaceLinks(changed, rows),
    files: (wanted) => linkableFiles(sql, instanceId, wanted),
    fileLinks: (fileIds) => liveFileLinks(sql, instanceId, fileIds),
    replaceFiles: (changed, rows) => replaceFiles(sql, instanceId, changed, rows),
    mark: (rows) => write.mark(rows),
    replaceParents: (changed, rows) => write.replaceParents(changed, rows),
    replaceUniques: (changed, rows) => write.replaceUniques(changed, rows),
    replaceTags: (changed, rows) => replaceTags(sql, instanceId, changed, rows),
    replaceGrants: (changed, rows) => replaceGrants(sql, instanceId, changed, rows),
    findCycle: (systemIds) => find.cycle(systemIds),
    queueFollowUps: (followUps, records) => queueFollowUps(sql, instanceId, followUps, records),
    ...recorderOf(sql, instanceId),
    ...deletionOf(sql, instanceId),
  }
}
