/**
 * Links that are kept in step from both sides. Writing the other record of a pair is not part of a save yet, and one side
 * alone would be a lie that nobody notices; so a change of such a link is refused, unless the request brings the other side
 * itself or says that it does not want it written (`skip_bidirectional_update`).
 */
import type { Column, Model, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { SavedRow } from './save-run.ts'
import { linkRowsOf } from './stored-links.ts'
import type { LinkRow } from './write-store.ts'

/** For each link of a pair the ids of those that mirror it. */
const mirrorsByModel = new WeakMap<Model, ReadonlyMap<number, ReadonlySet<number>>>()

export function requireBothSides(model: Model, table: Table, rows: readonly SavedRow[]): void {
  const mirrors = mirrorsOf(model)
  if (mirrors.size === 0) return
  const mirrored = (links: readonly LinkRow[]) => new Map(links.filter(({ columnId }) => mirrors.has(columnId)).map((link) => [edge(link), link]))
  const after = mirrored(rows.flatMap(({ row }) => linkRowsOf(table, row.systemId, row.content)))
  const before = mirrored(rows.flatMap(({ stored }) => (stored ? linkRowsOf(table, stored.systemId, stored.content) : [])))
  const sent = new Set(rows.map(({ row }) => row.systemId))
  const hasMirror = (link: LinkRow) => backEdges(link, mirrors).some((back) => after.has(back))
  for (const [key, link] of after) if (!before.has(key) && !hasMirror(link)) refuse(model, link)
  for (const [key, link] of before) if (!after.has(key) && (!sent.has(link.toId) || hasMirror(link))) refuse(model, link)
}

function mirrorsOf(model: Model): ReadonlyMap<number, ReadonlySet<number>> {
  const known = mirrorsByModel.get(model)
  if (known) return known
  const mirrors = new Map<number, Set<number>>()
  const add = (column: Column, other: Column) => mirrors.set(column.id, new Set([...(mirrors.get(column.id) ?? []), other.id]))
  for (const { bidirectional } of model.tables.values())
    for (const { columns } of bidirectional) {
      add(columns[0], columns[1])
      add(columns[1], columns[0])
    }
  mirrorsByModel.set(model, mirrors)
  return mirrors
}

const edge = ({ fromId, columnId, toId }: Pick<LinkRow, 'fromId' | 'columnId' | 'toId'>) => `${fromId} ${columnId} ${toId}`
const backEdges = ({ fromId, columnId, toId }: LinkRow, mirrors: ReadonlyMap<number, ReadonlySet<number>>) =>
  [...(mirrors.get(columnId) ?? [])].map((mirror) => edge({ fromId: toId, columnId: mirror, toId: fromId }))

function refuse(model: Model, { columnId, toId }: LinkRow): never {
  const column = model.columns.get(columnId)
  const msg = `${column?.table.name}.${column?.name}: the link is mirrored by the record ${toId}, and writing the other side is not available; send both records in one request, or save with skip_bidirectional_update`
  return fail('SchemaInconsistent', { msg })
}
