/** The tables that hold rows of instances, as the catalog knows them. */
import type { Sql } from 'postgres'

export interface TenantTable {
  readonly name: string
  readonly refersToItself: boolean
}

/** Tables that refer to others come before those others, so that emptying them in this order leaves nothing hanging. */
export async function tenantTables(sql: Sql): Promise<TenantTable[]> {
  const tables = await sql<{ name: string; targets: string[] }[]>`
    select c.relname as name,
           array(select t.relname::text from pg_constraint k join pg_class t on t.oid = k.confrelid
                 where k.conrelid = c.oid and k.contype = 'f') as targets
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'instance_id' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'instance_domain'
    order by c.relname`
  const ordered: TenantTable[] = []
  const waiting = new Map(tables.map((table) => [table.name, table]))
  while (waiting.size > 0) {
    const free = [...waiting.values()].filter(
      ({ name }) => ![...waiting.values()].some((other) => other.name !== name && other.targets.includes(name)),
    )
    if (free.length === 0) throw new Error(`tenant tables refer to each other in a circle: ${[...waiting.keys()].join(', ')}`)
    for (const { name, targets } of free) {
      ordered.push({ name, refersToItself: targets.includes(name) })
      waiting.delete(name)
    }
  }
  return ordered
}
