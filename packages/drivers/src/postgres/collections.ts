/** Collections of one instance. */
import { randomUUID } from 'node:crypto'
import { ROOT_COLLECTION, topReference } from '@vitrine/domain/collections/collection'
import type { CollectionSource, CollectionStore, CollectionTransaction } from '@vitrine/domain/collections/collection-store'
import { fail } from '@vitrine/domain/errors'
import type { RecordTransaction } from '@vitrine/domain/objects/write-store'
import { ROOT_REFERENCE } from '@vitrine/domain/people/account'
import { CollectionWriter } from './collection-members.ts'
import { CollectionReader } from './collections-read.ts'
import { violatedConstraint } from './failures.ts'
import { recordTransactionOn } from './records-write.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

type Top = Parameters<CollectionStore['ensureTop']>[0]

export class PostgresCollections implements CollectionStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  read<T>(run: (source: CollectionSource) => Promise<T>): Promise<T> {
    return this.#db.read((sql) => run(new CollectionReader(sql, this.#db.instanceId)))
  }

  async change<T>(run: (tx: CollectionTransaction, records: RecordTransaction) => Promise<T>): Promise<T> {
    const instance = this.#db.instanceId
    try {
      return await this.#db.write((sql) => run(new CollectionWriter(sql, instance), recordTransactionOn(sql, instance)))
    } catch (error) {
      const violated = violatedConstraint(error)
      if (violated?.code === '23505') fail('DatabaseUniqueKeyViolation', { name: violated.name.replace('collection_', '') }, { cause: error })
      throw error
    }
  }

  async ensureTop(top: Top): Promise<void> {
    const reference = topReference(top.userId)
    const there = await this.#db.read((sql) => sql`select 1 from collection where instance_id = ${this.#db.instanceId} and reference = ${reference}`)
    if (there.count > 0) return
    const ids = await top.freshIds()
    await this.#db.write((sql) => this.#makeTop(sql, top, ids))
  }

  /** Of several that make it at the same time one wins; what the others insert is not kept. */
  async #makeTop(sql: TenantSql, { userId, displayname }: Top, [rootId, topId]: readonly [number, number]): Promise<void> {
    const instance = this.#db.instanceId
    const rootName = { 'en-US': 'All collections', 'de-DE': 'Alle Mappen' }
    const fields = (name: object, children: boolean, objects: boolean) =>
      sql.json({ displayname: name, children_allowed: children, objects_allowed: objects } as never)
    await sql`
      insert into collection (instance_id, id, version, parent_id, uuid, reference, owner_user, is_system, data)
      select ${instance}, ${rootId}, 1, null, ${randomUUID()}, ${ROOT_COLLECTION}, u.id, true, ${fields(rootName, false, false)}::jsonb
      from app_user u where u.instance_id = ${instance} and u.reference = ${ROOT_REFERENCE}
      on conflict (instance_id, reference) do nothing`
    await sql`
      insert into collection (instance_id, id, version, parent_id, uuid, reference, owner_user, is_system, data)
      select ${instance}, ${topId}, 1, c.id, ${randomUUID()}, ${topReference(userId)}, ${userId}, true, ${fields({ 'en-US': displayname }, true, true)}::jsonb
      from collection c where c.instance_id = ${instance} and c.reference = ${ROOT_COLLECTION}
      on conflict (instance_id, reference) do nothing`
  }
}
