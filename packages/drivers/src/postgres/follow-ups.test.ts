import type { FollowUpRecord } from '@vitrine/domain/workflow/follow-up-messages'
import type { FollowUp } from '@vitrine/domain/workflow/workflow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresFollowUps, queueFollowUps } from './follow-ups.ts'
import type { TenantDatabase } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

interface Job {
  readonly name: string
  readonly payload: { readonly mail?: { readonly id: string; readonly to: readonly string[]; readonly subject: string } }
}

/** Jobs that wait for this instance, as the operator sees them. */
const jobsOf = async ({ instanceId }: TenantDatabase): Promise<Job[]> => {
  const rows = await db.database.control.unsafe<{ name: string; data: { instance: string; payload: Job['payload'] } }[]>(
    'select name, data from vitrine_jobs.job order by created_on, name, id',
  )
  return rows.filter(({ data }) => data.instance === instanceId).map(({ name, data }) => ({ name, payload: data.payload }))
}

/** 1 and 2 have addresses and are in group 5 with 3, who has none, and 4, who is archived. */
async function withPeople(): Promise<TenantDatabase> {
  const tenant = db.instance()
  const id = tenant.instanceId
  await tenant.write(async (sql) => {
    await sql`
      insert into app_user (instance_id, id, version, type, email, data, system_rights, archived_at) values
        (${id}, 1, 1, 'easydb', 'ann@museum.example', '{"frontend_language": "de-DE"}', '{}', null),
        (${id}, 2, 1, 'easydb', 'ben@museum.example', '{}', '{}', null),
        (${id}, 3, 1, 'easydb', null, '{}', '{}', null),
        (${id}, 4, 1, 'easydb', 'dan@museum.example', '{}', '{}', now())`
    await sql`insert into app_group (instance_id, id, version, type, data, system_rights) values (${id}, 5, 1, 'easydb', '{}', '{}')`
    await sql`insert into membership (instance_id, group_id, user_id) select ${id}, 5, g from generate_series(1, 4) g`
    await sql`insert into webhook (instance_id, id, version, name, url, secret, data) values (${id}, 8, 1, 'shop', 'https://shop.example/', '', '{}')`
  })
  return tenant
}

const record: FollowUpRecord = {
  ...{ objecttype: 'picture', operation: 'UPDATE', systemId: 900, objectId: 1, uuid: 'u', version: 2 },
  after: { poolId: null, tags: [], ownerUser: 1, ownerGroup: null },
}
const email = (recipients: object[]): FollowUp => ({
  ...{ kind: 'email', record: 0, ruleId: 7, action: 0 },
  info: { subject: { 'en-US': 'Done', 'de-DE': 'Fertig' }, recipients },
})
const call = (name: string, action = 1): FollowUp => ({ kind: 'webhook', record: 0, ruleId: 7, action, info: { name } })
const mailsTo = async (tenant: TenantDatabase) => (await jobsOf(tenant)).map(({ payload }) => [payload.mail?.to, payload.mail?.subject])

describe('what follows a change', () => {
  it('reaches users and members of groups once each, where they have an address', async () => {
    const tenant = await withPeople()
    await new PostgresFollowUps(tenant).add([email([{ user: { _id: 1 } }, { group: { _id: 5 } }])], [record])
    expect((await mailsTo(tenant)).toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
      [['ann@museum.example'], 'Fertig'],
      [['ben@museum.example'], 'Done'],
    ])
  })
  it('reaches nobody of another instance', async () => {
    await withPeople()
    const empty = db.instance()
    await new PostgresFollowUps(empty).add([email([{ user: { _id: 1 } }, { group: { _id: 5 } }]), call('shop')], [record])
    expect(await jobsOf(empty)).toEqual([])
  })
  it('waits for a webhook as a message and a job, and is given up where there is none of that name', async () => {
    const tenant = await withPeople()
    await new PostgresFollowUps(tenant).add([call('shop'), call('closed', 2)], [record])
    expect((await jobsOf(tenant)).map(({ name }) => name)).toEqual(['webhook-deliver'])
    const [delivery] = await tenant.read(
      (sql) => sql<{ payload: object }[]>`select payload from webhook_delivery where instance_id = ${tenant.instanceId}`,
    )
    expect(delivery?.payload).toMatchObject({ info: { name: 'shop', transition_id: 7 }, objects: [{ _system_object_id: 900, picture: { _id: 1 } }] })
  })
  it('is gone with a change that is not stored after all', async () => {
    const tenant = await withPeople()
    const change = tenant.write(async (sql) => {
      await queueFollowUps(sql, tenant.instanceId, [email([{ user: { _id: 1 } }]), call('shop')], [record])
      throw new Error('not after all')
    })
    await expect(change).rejects.toThrow('not after all')
    expect(await jobsOf(tenant)).toEqual([])
  })
  it('asks nothing when nothing follows', async () => {
    const tenant = db.instance()
    const untouchable = new Proxy({}, { get: () => expect.unreachable('no statement is needed') }) as never
    await queueFollowUps(untouchable, tenant.instanceId, [], [])
    expect(await jobsOf(tenant)).toEqual([])
  })
})
