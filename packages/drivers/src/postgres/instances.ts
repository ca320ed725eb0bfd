/**
 * The register of instances. What belongs to an instance is read from the catalog, so that a table added by a later
 * migration is emptied with the rest without anybody having to remember it here.
 */
import type { Instance, InstanceAttributes, InstanceState } from '@vitrine/domain/instances/instance'
import type { InstanceStore } from '@vitrine/domain/instances/instance-store'
import type { Sql } from 'postgres'
import type { Database } from './database.ts'
import { DATAMODEL_LOCK } from './datamodel.ts'
import { forgetJobs } from './jobs.ts'
import { translated, violatedConstraint } from './failures.ts'
import { tenantTables, type TenantTable } from './tenant-tables.ts'

const CHUNK = 5000
const LONGEST_SAVE = '300s'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Separates the locks of instances from other advisory locks of the database. */
const LOCK_SPACE = 824_117

interface Row {
  id: string
  domain: string
  aliases: string[]
  prefix: string
  state: InstanceState
  revision: number
  attributes: InstanceAttributes
}

export class PostgresInstances implements InstanceStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async exclusively(id: string, work: () => Promise<void>): Promise<boolean> {
    try {
      return await this.#db.exclusive.lend(async ({ sql: connection }) => {
        const [lock] = await connection<[{ held: boolean }]>`select pg_try_advisory_lock(hashtextextended(${id}, ${LOCK_SPACE})) as held`
        if (!lock.held) return false
        try {
          await work()
          return true
        } finally {
          await connection`select pg_advisory_unlock(hashtextextended(${id}, ${LOCK_SPACE}))`
        }
      })
    } catch (error) {
      throw translated(error)
    }
  }

  async claim(instance: Instance): Promise<boolean> {
    const { id, domain, prefix, state, revision, attributes } = instance
    const names = [domain, ...instance.aliases]
    try {
      await this.#control(
        (sql) => sql`
          with entered as (
            insert into instance (id, domain, prefix, state, revision, attributes)
            values (${id}, ${domain}, ${prefix}, ${state}, ${revision}, ${sql.json(attributes as never)}) returning id
          )
          insert into instance_domain (domain, instance_id, is_alias)
          select name, entered.id, name <> ${domain} from entered, unnest(${names}::text[]) as name`,
      )
      return true
    } catch (error) {
      if (violatedConstraint(error)?.code === '23505') return false
      throw error
    }
  }

  async activate(id: string): Promise<void> {
    await this.#control((sql) => sql`update instance set state = 'active', revision = revision + 1 where id = ${id} and state = 'creating'`)
  }

  async markDeleting(id: string): Promise<void> {
    await this.#control((sql) => sql`update instance set state = 'deleting', revision = revision + 1 where id = ${id} and state = 'active'`)
  }

  async replaceOpenHosts(id: string, openHosts: readonly string[]): Promise<boolean> {
    const result = await this.#control(
      (sql) => sql`
        update instance set attributes = attributes || ${sql.json({ openHosts })}, revision = revision + 1 where id = ${id} and state = 'active'`,
    )
    return result.count === 1
  }

  async removeRows(id: string): Promise<void> {
    await this.#endSaves(id)
    const tables = await this.#control((sql) => tenantTables(sql))
    for (const table of tables) await this.#empty(table, id)
    await forgetJobs(this.#db.tenant(id))
  }

  async removeRegistration(id: string): Promise<void> {
    await this.#control((sql) => sql`delete from instance where id = ${id} and state <> 'active'`)
  }

  async find(nameOrId: string): Promise<Instance | undefined> {
    const byId = UUID.test(nameOrId) ? nameOrId : null
    const [row] = await this.#control(
      (sql) => sql<Row[]>`${select(sql)}
        where i.id = coalesce((select d.instance_id from instance_domain d where d.domain = ${nameOrId}), ${byId}::uuid)`,
    )
    return row && instanceOf(row)
  }

  async findActive(names: readonly string[]): Promise<Instance | undefined> {
    if (names.length === 0) return undefined
    const [row] = await this.#control(
      (sql) => sql<Row[]>`${select(sql)} join instance_domain d on d.instance_id = i.id
        where d.domain = any(${names}::text[]) and i.state = 'active' order by array_position(${names}::text[], d.domain) limit 1`,
    )
    return row && instanceOf(row)
  }

  async page(from: string, limit: number, skip: number): Promise<Instance[]> {
    // An id compares bytewise as uuid and as text alike, but only the former uses the index; a cursor may be any text.
    const rows = await this.#control(
      (sql) => sql<Row[]>`${select(sql)}
        where i.state <> 'creating' and ${UUID.test(from) ? sql`i.id >= ${from}::uuid` : sql`i.id::text collate "C" >= ${from}`}
        order by i.id limit ${limit} offset ${skip}`,
    )
    return rows.map(instanceOf)
  }

  async count(): Promise<number> {
    const [row] = await this.#control((sql) => sql<[{ count: number }]>`select count(*)::int as count from instance where state <> 'creating'`)
    return row.count
  }

  async unfinished(): Promise<Instance[]> {
    const rows = await this.#control((sql) => sql<Row[]>`${select(sql)} where i.state <> 'active' order by i.id`)
    return rows.map(instanceOf)
  }

  /** Waits for saves of records under way. Those that come later find no datamodel to save with, so they leave nothing behind. */
  #endSaves(id: string): Promise<unknown> {
    return this.#db.tenant(id).write(async (sql) => {
      await sql`select set_config('lock_timeout', ${LONGEST_SAVE}, true), set_config('statement_timeout', ${LONGEST_SAVE}, true)`
      await sql`select pg_advisory_xact_lock(${DATAMODEL_LOCK}, hashtext(${id}))`
      await sql`delete from datamodel_version where instance_id = ${id}`
    })
  }

  /** Tables whose rows refer to rows of the same table are emptied by one statement: only then no reference is left hanging. */
  async #empty(table: TenantTable, id: string): Promise<void> {
    const tenant = this.#db.tenant(id)
    for (let removed = CHUNK; removed === CHUNK;) {
      removed = await tenant.write(async (sql) => {
        const name = sql(table.name)
        const result = table.refersToItself
          ? await sql`delete from ${name} where instance_id = ${id}`
          : await sql`delete from ${name} where instance_id = ${id}
              and ctid = any(array(select ctid from ${name} where instance_id = ${id} limit ${CHUNK}))`
        return table.refersToItself ? 0 : result.count
      })
    }
  }

  async #control<T>(run: (sql: Sql) => Promise<T>): Promise<T> {
    try {
      return await run(this.#db.control)
    } catch (error) {
      throw translated(error)
    }
  }
}

const select = (sql: Sql) => sql`
  select i.id, i.domain, i.prefix, i.state, i.revision, i.attributes,
         array(select a.domain from instance_domain a where a.instance_id = i.id and a.is_alias order by a.domain collate "C") as aliases
  from instance i`

const instanceOf = (row: Row): Instance => ({ ...row })
