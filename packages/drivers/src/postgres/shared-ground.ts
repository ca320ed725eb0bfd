/** Collections inside a transaction that changes something else. */
import type { SharedGround } from '@vitrine/domain/collections/shared-ground'
import { CollectionWriter } from './collection-members.ts'
import type { TenantSql } from './tenant-database.ts'

export const sharedGroundOn = (sql: TenantSql, instanceId: string): SharedGround => ({
  async sharedCollections() {
    const collections = new CollectionWriter(sql, instanceId)
    // In this order: a list that is saved at the same time is there before the lock is given, or is judged by what has changed.
    await collections.sharing.lock('alone')
    const shared = await sql`select 1 from collection where instance_id = ${instanceId} and acl is not null limit 1`.execute()
    return shared.count > 0 ? collections : null
  },
})
