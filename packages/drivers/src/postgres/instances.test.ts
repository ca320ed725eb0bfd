import { prefixOf, type Instance } from '@vitrine/domain/instances/instance'
import { InstanceService, type InstanceSeed } from '@vitrine/domain/instances/instances'
import { uuidV7 } from '@vitrine/domain/instances/uuid-v7'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { PostgresFormerLocations } from './former-locations.ts'
import { PostgresInstances } from './instances.ts'
import { queueMails } from './jobs.ts'
import { instanceIn, record, refusal } from './records-write.harness.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

// Lists and counts speak about all instances of a database, so every test has one of its own.
let db: TestDatabase
const opened: TestDatabase[] = []
beforeEach(async () => {
  db = await testDatabase()
  opened.push(db)
})
afterAll(() => Promise.all(opened.map((one) => one.close())))

const service = (seeds: InstanceSeed[] = [], defaultDomain = '') =>
  new InstanceService({
    store: new PostgresInstances(db.database),
    remains: new PostgresFormerLocations(db.database),
    seeds,
    defaultDomain,
    graceMs: 0,
  })

/** Rows in tables with references in every direction: to other tables and, for pools, to the same one. */
const rowsSeed: InstanceSeed = async ({ id }) => {
  await db.database.tenant(id).write(async (sql) => {
    await sql`insert into pool (instance_id, id, version, parent_id, data) values (${id}, 1, 1, null, '{}'), (${id}, 2, 1, 1, '{}'), (${id}, 3, 1, 2, '{}')`
    await sql`insert into app_user (instance_id, id, version, type, data, system_rights) values (${id}, 1, 1, 'system', '{}', '{}')`
    await sql`insert into app_group (instance_id, id, version, type, data, system_rights) values (${id}, 1, 1, 'system', '{}', '{}')`
    await sql`insert into membership (instance_id, group_id, user_id) values (${id}, 1, 1)`
    await sql`insert into setting (instance_id, name, value) select ${id}, 'n' || n, '{}' from generate_series(1, 6000) n`
  })
}
const rowsOf = async (id: string) => {
  const [row] = await db.database
    .tenant(id)
    .read(
      (sql) =>
        sql<
          [{ n: number }]
        >`select (select count(*) from pool)::int + (select count(*) from membership)::int + (select count(*) from setting)::int as n`,
    )
  return row.n
}
const registered = async () => (await db.database.control<[{ n: number }]>`select count(*)::int as n from instance`)[0].n
const creating = (domain: string): Instance => ({
  id: uuidV7(),
  domain,
  aliases: [],
  prefix: prefixOf(domain),
  state: 'creating',
  revision: 1,
  attributes: { values: {}, settings: {} },
})

describe('creating an instance', () => {
  it('stores what was said, runs the seeds, and finds it by domain, alias and id', async () => {
    const instances = service([rowsSeed])
    const { instance, registerToken } = await instances.create({
      domain: 'Nora.example',
      aliases: ['pics.example', 'PICS.example', 'nora.example'],
      attributes: { values: { locale: 'de' }, settings: { offer: 'x' } },
    })
    expect(instance).toMatchObject({
      domain: 'nora.example',
      aliases: ['pics.example'],
      state: 'active',
      attributes: { values: { locale: 'de' }, settings: { offer: 'x' } },
    })
    expect(Buffer.from(registerToken ?? '', 'base64')).toHaveLength(16)
    expect(JSON.stringify(await instances.show('nora.example'))).not.toContain(registerToken)
    for (const name of ['NORA.example', 'pics.example', instance.id]) expect((await instances.show(name)).id).toBe(instance.id)
    expect(await rowsOf(instance.id)).toBe(6004)
  })

  it('gives no register token when the owner has a passphrase, and hands that to the seeds', async () => {
    let told: string | null = null
    const seed: InstanceSeed = async (_, passphrase) => void (told = passphrase)
    expect((await service([seed]).create({ domain: 'a.example', passphrase: 'open sesame' })).registerToken).toBeNull()
    expect(told).toBe('open sesame')
  })

  it('refuses a domain or alias that any instance has, also when both come at once', async () => {
    const instances = service()
    await instances.create({ domain: 'a.example', aliases: ['b.example'] })
    for (const wanted of [
      { domain: 'A.example' },
      { domain: 'b.example' },
      { domain: 'c.example', aliases: ['b.example'] },
      { domain: 'c.example', aliases: ['a.example'] },
    ])
      await expect(instances.create(wanted)).rejects.toMatchObject({ problem: 'exists' })
    const race = await Promise.allSettled([1, 2, 3, 4].map(() => instances.create({ domain: 'race.example' })))
    expect(race.filter((r) => r.status === 'fulfilled')).toHaveLength(1)
    expect(await instances.count()).toBe(2)
  })

  it('is seen by nobody before its seeds are done', async () => {
    const instances: InstanceService = service([
      async ({ id }) => {
        expect(await instances.count()).toBe(0)
        expect(await instances.resolve('a.example')).toBeUndefined()
        for (const name of ['a.example', id]) await expect(instances.show(name)).rejects.toMatchObject({ problem: 'unknown' })
        expect(await instances.list({ limit: 10 })).toEqual({ instances: [] })
      },
    ])
    await instances.create({ domain: 'a.example' })
    expect((await instances.resolve('a.example'))?.domain).toBe('a.example')
  })

  it('leaves nothing behind when a seed fails', async () => {
    let id = ''
    const seed: InstanceSeed = async (instance, passphrase) => {
      id = instance.id
      await rowsSeed(instance, passphrase)
      throw new Error('the seed fell on stone')
    }
    await expect(service([seed]).create({ domain: 'a.example' })).rejects.toThrow('stone')
    expect([await rowsOf(id), await registered()]).toEqual([0, 0])
    await service().create({ domain: 'a.example' })
  })

  it('takes over the name of a creation whose server is gone', async () => {
    const dead = creating('a.example')
    await new PostgresInstances(db.database).claim(dead)
    await rowsSeed(dead, null)
    await service().create({ domain: 'a.example' })
    expect(await rowsOf(dead.id)).toBe(0)
  })
})

describe('listing', () => {
  it('goes through all instances in the order of their ids, page by page', async () => {
    const instances = service()
    const ids: string[] = []
    for (const name of ['c', 'a', 'b', 'd', 'e']) ids.push((await instances.create({ domain: `${name}.example` })).instance.id)
    ids.sort()
    const first = await instances.list({ limit: 2 })
    expect(first).toMatchObject({ instances: [{ id: ids[0] }, { id: ids[1] }], next: ids[2] })
    expect((await instances.list({ limit: 2, cursor: ids[2] as string, skip: 1 })).instances.map((i) => i.id)).toEqual([ids[3], ids[4]])
    expect(await instances.list({ limit: 2, cursor: ids[4] as string })).not.toHaveProperty('next')
    expect((await instances.list({ limit: 9, cursor: 'zzz' })).instances).toEqual([])
    const all: string[] = []
    for await (const { id } of instances.all()) all.push(id)
    expect(all).toEqual(ids)
  })
})

describe('destroying an instance', () => {
  it('removes its rows and no others, and frees its names', async () => {
    const instances = service([rowsSeed])
    const { instance: gone } = await instances.create({ domain: 'a.example', aliases: ['b.example'] })
    const { instance: kept } = await instances.create({ domain: 'c.example' })
    await instances.destroy('b.example')
    expect([await rowsOf(gone.id), await rowsOf(kept.id), await instances.count()]).toEqual([0, 6004, 1])
    await expect(instances.destroy('a.example')).rejects.toMatchObject({ problem: 'unknown' })
    await instances.create({ domain: 'b.example' })
  })

  it('removes its jobs and no others', async () => {
    const instances = service()
    const { instance: gone } = await instances.create({ domain: 'a.example' })
    const { instance: kept } = await instances.create({ domain: 'c.example' })
    for (const { id } of [gone, kept])
      await db.database.tenant(id).write((sql) => queueMails(sql, [{ to: ['mia@museum.test'], subject: 'A loan is due', text: 'Please return it.' }]))
    await instances.destroy('a.example')
    expect(await db.database.control`select data->>'instance' as instance from vitrine_jobs.job`).toEqual([{ instance: kept.id }])
  })

  it('is refused while it is under way, and continued when it was interrupted', async () => {
    const store = new PostgresInstances(db.database)
    const instances = service([rowsSeed])
    const { instance } = await instances.create({ domain: 'a.example' })
    await store.exclusively(instance.id, async () => {
      await store.markDeleting(instance.id)
      expect((await instances.show('a.example')).state).toBe('deleting')
      expect(await instances.resolve('a.example')).toBeUndefined()
      await expect(instances.destroy('a.example')).rejects.toMatchObject({ problem: 'alreadyDeleting' })
    })
    await instances.destroy('a.example')
    expect([await rowsOf(instance.id), await registered()]).toEqual([0, 0])
  })

  it('is finished by the next start, which leaves alone what is under way elsewhere', async () => {
    const store = new PostgresInstances(db.database)
    const instances = service([rowsSeed])
    const { instance } = await instances.create({ domain: 'a.example' })
    await store.markDeleting(instance.id)
    await store.claim(creating('dead.example'))
    const live = creating('live.example')
    await store.exclusively(live.id, async () => {
      await store.claim(live)
      await instances.tidy()
    })
    expect((await store.unfinished()).map((i) => i.domain)).toEqual(['live.example'])
    expect(await rowsOf(instance.id)).toBe(0)
  })
})

describe('finding the instance of a host', () => {
  it('prefers the name with the port, and falls back to the default instance', async () => {
    const instances = service([], 'default')
    const ported = await instances.create({ domain: 'a.example:81' })
    const plain = await instances.create({ domain: 'a.example' })
    expect((await instances.resolve('a.example:81'))?.id).toBe(ported.instance.id)
    expect((await instances.resolve('A.example:82'))?.id).toBe(plain.instance.id)
    expect(await instances.resolve('127.0.0.1:8080')).toBeUndefined()
    const made = await instances.ensureDefault('default', 'pass')
    expect((await instances.resolve('127.0.0.1:8080'))?.id).toBe(made.id)
    expect((await service().resolve('127.0.0.1:8080'))?.id).toBeUndefined()
  })

  it('makes the default instance once when several servers start together', async () => {
    let runs = 0
    const seed: InstanceSeed = async () => {
      runs++
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    const made = await Promise.all([1, 2, 3].map(() => service([seed]).ensureDefault('default', 'pass')))
    expect(new Set(made.map((i) => i.id)).size).toBe(1)
    expect(runs).toBe(1)
  })
})

describe('removing an instance while somebody saves in it', () => {
  it('waits for the save, removes what it stored, and lets no later one begin', async () => {
    const { tenant, id, store, save } = await instanceIn(db)
    const register = new PostgresInstances(db.database)
    const { promise: until, resolve: end } = Promise.withResolvers<void>()
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const saving = store.transaction(async (tx) => {
      begin(void (await tx.datamodelVersion()))
      await until
      await tenant.write((sql) => sql`insert into setting (instance_id, name, value) values (${id}, 'late', '{}')`)
    })
    await begun
    const removed = register.removeRows(id)
    await pause(100)
    end()
    await Promise.all([saving, removed])
    expect(await refusal(save('person', [record('person', { name: 'Ada' })]))).toMatchObject({ code: 'UnknownObjecttype' })
    const left = await tenant.read(
      (sql) => sql`select 1 from setting where instance_id = ${id} union all select 1 from record where instance_id = ${id}`,
    )
    expect(left).toHaveLength(0)
  })
})
