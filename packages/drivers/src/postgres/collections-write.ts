/** Changing collections inside a transaction. */
import type { AccessSubject } from '@vitrine/domain/access/access'
import type { Collection } from '@vitrine/domain/collections/collection'
import type { CollectionTransaction } from '@vitrine/domain/collections/collection-store'
import type { EventActor, NewEvent } from '@vitrine/domain/events/new-event'
import { PostgresAccessSource } from './access-source.ts'
import { COLLECTION_COLUMNS, CollectionReader } from './collections-read.ts'
import { PostgresSharing } from './collections-sharing.ts'
import { SUBJECT_COLUMNS, type SubjectRow } from './collections-subjects.ts'
import { raiseConfigRevision } from './config-revision.ts'
import { insertEvents } from './events-insert.ts'

export type TreeWrites = Omit<CollectionTransaction, 'push' | 'replace' | 'splice' | 'take' | 'present' | 'places' | 'dropMembers' | 'forget'>

export class CollectionTreeWriter extends CollectionReader implements TreeWrites {
  readonly access = new PostgresAccessSource(this.sql, this.instanceId)
  readonly sharing = new PostgresSharing(this.sql, this.instanceId)

  async lockTree(): Promise<void> {
    await this.sql`select pg_advisory_xact_lock(hashtextextended(${`collections of ${this.instanceId}`}, 0))`.execute()
  }

  async lockContent(ids: readonly number[]): Promise<void> {
    await this.sql`
      select 1 from collection where instance_id = ${this.instanceId} and id = any(${[...ids]}::bigint[]) order by id for no key update`.execute()
  }

  async save(collections: readonly Collection[]): Promise<void> {
    const { sql, instanceId } = this
    // Whether a list has an effect is decided apart from saving, by whoever checks it; so is the owner of what is there already.
    await sql`
      insert into collection (instance_id, id, version, parent_id, uuid, reference, shortname, owner_user, is_system, acl, private_acl, data,
                              created_at, updated_at)
      select ${instanceId}, s.id, s.version, s."parentId", s.uuid, s.reference, s.shortname, s."ownerUser", s."isSystem",
        nullif(s.acl, 'null'::jsonb), s."privateAcl", s.fields, s."createdAt", s."updatedAt"
      from jsonb_to_recordset(${sql.json(collections as never)}::jsonb) as s(
        id bigint, version int, "parentId" bigint, uuid uuid, reference text, shortname text, "ownerUser" bigint, "isSystem" boolean, acl jsonb,
        "privateAcl" boolean, fields jsonb, "createdAt" timestamptz, "updatedAt" timestamptz)
      on conflict (instance_id, id) do update set version = excluded.version, parent_id = excluded.parent_id, reference = excluded.reference,
        shortname = excluded.shortname, acl = excluded.acl, private_acl = excluded.private_acl, data = excluded.data,
        updated_at = excluded.updated_at`.execute()
  }

  async giveTo(id: number, ownerUser: number): Promise<void> {
    await this.sql`
      with recursive down(id) as (
        select ${id}::bigint
        union
        select c.id from down d join collection c on c.instance_id = ${this.instanceId} and c.parent_id = d.id
      )
      update collection set owner_user = ${ownerUser} where instance_id = ${this.instanceId} and id in (select id from down)`.execute()
  }

  async subtree(id: number): Promise<Collection[]> {
    const { sql, instanceId } = this
    return sql<Collection[]>`
      with recursive down(id) as (
        select id from collection where instance_id = ${instanceId} and id = ${id}
        union
        select c.id from down d join collection c on c.instance_id = ${instanceId} and c.parent_id = d.id
      )
      select ${sql.unsafe(COLLECTION_COLUMNS)} from collection c where c.instance_id = ${instanceId} and c.id in (select id from down) order by c.id`.execute()
  }

  async remove(ids: readonly number[]): Promise<void> {
    await this.sql`delete from collection where instance_id = ${this.instanceId} and id = any(${[...ids]}::bigint[])`.execute()
  }

  async lockRecords(systemIds: readonly number[]): Promise<AccessSubject[]> {
    const { sql, instanceId } = this
    return sql<SubjectRow[]>`
      select ${sql.unsafe(SUBJECT_COLUMNS)} from record r
      where r.instance_id = ${instanceId} and r.system_id = any(${[...systemIds]}::bigint[]) and r.deleted_at is null
      order by r.system_id for share`.execute()
  }

  async records(systemIds: readonly number[]): Promise<AccessSubject[]> {
    const { sql, instanceId } = this
    return sql<SubjectRow[]>`
      select ${sql.unsafe(SUBJECT_COLUMNS)} from record r
      where r.instance_id = ${instanceId} and r.system_id = any(${[...systemIds]}::bigint[]) order by r.system_id`.execute()
  }

  async raiseRevision(): Promise<void> {
    await raiseConfigRevision(this.sql, this.instanceId)
  }

  async logEvents(events: readonly NewEvent[], actor: EventActor | null): Promise<void> {
    await insertEvents(this.sql, this.instanceId, events, actor)
  }
}
