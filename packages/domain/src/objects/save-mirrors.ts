/**
 * The other side of mirrored links. What a request adds is written at the other end, what it takes away is taken away there;
 * where one record of the request takes away what another adds, the addition counts. A column that holds one link gives up
 * the one it had, unless the same request has just put it there: then both cannot be true, and the request is refused.
 */
import { randomUUID } from 'node:crypto'
import type { Column } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { columnKey, nestedKey, type Content, type StoredLink, type StoredRow } from './content.ts'
import { mirrorsOf, nestedPath, type Mirrors } from './mirrors.ts'
import { checkContent } from './save-content.ts'
import { MoreLocks, nextVersion, type AwaitedLink, type Change, type Removal, type SaveContext } from './save-context.ts'
import type { Effect } from './save-effects.ts'
import type { LockedRecords } from './save-lock.ts'
import { linkRowsOf } from './stored-links.ts'
import type { StoredRecord } from './write-store.ts'

interface Edge {
  readonly from: number
  readonly column: Column
  readonly to: number
  readonly where: string
}
const textOf = ({ from, column, to }: Edge) => `${from} ${column.id} ${to}`

export interface Mirrored {
  readonly changes: readonly Change[]
  readonly effects: readonly Effect[]
}

export function withMirrors(changes: readonly Change[], removals: readonly Removal[], context: SaveContext, locked: LockedRecords): Mirrored {
  const mirrors = mirrorsOf(context.datamodel.model)
  if (mirrors.size === 0 || context.skipBidirectionalUpdate) return { changes, effects: [] }
  return new MirrorWriter(changes, removals, context, locked, mirrors).run()
}

class MirrorWriter {
  readonly #context: SaveContext
  readonly #locked: LockedRecords
  readonly #mirrors: Mirrors
  readonly #changes: Map<number, Change>
  readonly #gone: ReadonlySet<number>
  /** Contents that differ from what the request or the store has. */
  readonly #contents = new Map<number, { readonly content: Content; readonly where: string }>()
  readonly #added = new Set<string>()
  readonly #missing = new Set<number>()
  readonly #effects: Effect[] = []

  constructor(changes: readonly Change[], removals: readonly Removal[], context: SaveContext, locked: LockedRecords, mirrors: Mirrors) {
    this.#gone = new Set(removals.map(({ stored }) => stored.systemId))
    this.#changes = new Map(changes.map((change) => [change.row.systemId, change]))
    this.#context = context
    this.#locked = locked
    this.#mirrors = mirrors
  }

  run(): Mirrored {
    const [before, after] = [new Map<string, Edge>(), new Map<string, Edge>()]
    for (const { row, stored, table, where } of this.#changes.values()) {
      for (const edge of this.#edgesOf(table, row.systemId, row.content, where)) after.set(textOf(edge), edge)
      if (stored) for (const edge of this.#edgesOf(table, stored.systemId, stored.content, where)) before.set(textOf(edge), edge)
    }
    const added = [...after].filter(([text]) => !before.has(text))
    for (const [text] of added) this.#added.add(text)
    for (const [text, edge] of before) if (!after.has(text)) this.#atOtherEnd(edge, (back) => this.#remove(back))
    for (const [, edge] of added) this.#atOtherEnd(edge, (back) => this.#add(back))
    for (const link of this.#context.awaited ?? []) this.#arrive(link)
    if (this.#missing.size > 0) throw new MoreLocks([...this.#missing])
    return { changes: this.#result(), effects: this.#effects }
  }

  #edgesOf(table: Change['table'], systemId: number, content: Content, where: string): Edge[] {
    return linkRowsOf(table, systemId, content).flatMap(({ columnId, toId }) => {
      const column = this.#context.datamodel.model.columns.get(columnId)
      return column && this.#mirrors.has(column) ? [{ from: systemId, column, to: toId, where }] : []
    })
  }

  #atOtherEnd({ from, column, to, where }: Edge, act: (back: Edge) => void): void {
    for (const mirror of this.#mirrors.get(column) ?? []) act({ from: to, column: mirror, to: from, where })
  }

  /** Undefined where the record is not there to be written: it goes with this save, or has not come yet. */
  #contentOf(systemId: number): Content | undefined {
    if (this.#gone.has(systemId)) return undefined
    const known = this.#contents.get(systemId)?.content ?? this.#changes.get(systemId)?.row.content ?? this.#locked.byId.get(systemId)?.content
    if (!known && systemId > 0 && !this.#context.lockToo.has(systemId)) this.#missing.add(systemId)
    return known
  }

  #add(edge: Edge): void {
    const content = this.#contentOf(edge.from)
    if (!content) return
    const { column, from, to } = edge
    const path = nestedPath(column)
    if (path.length > 0) {
      if (leadsTo(content, path, column, to)) return
      return this.#write(edge, 'link_set', withRow(content, path, column, to))
    }
    const old = (content[columnKey(column)] as StoredLink | undefined)?.s
    if (old === to) return
    if (old !== undefined) this.#displace({ ...edge, to: old })
    this.#write({ ...edge, from }, 'link_set', { ...content, [columnKey(column)]: { s: to } })
  }

  /** A record that links were waiting for has them too, unless it has come with another one: then it is the waiting link that goes. */
  #arrive({ from, columnId, to }: AwaitedLink): void {
    const column = this.#context.datamodel.model.columns.get(columnId)
    const change = this.#changes.get(to)
    if (!column || !change) return
    const edge = { from, column, to, where: change.where }
    this.#atOtherEnd(edge, (back) => {
      const own = nestedPath(back.column).length === 0 ? (this.#contentOf(to)?.[columnKey(back.column)] as StoredLink | undefined) : undefined
      if (own && own.s !== from) this.#remove(edge)
      else this.#add(back)
    })
  }

  #displace(edge: Edge): void {
    const asked = [edge, ...[...(this.#mirrors.get(edge.column) ?? [])].map((column) => ({ ...edge, from: edge.to, column, to: edge.from }))]
    if (asked.some((wanted) => this.#added.has(textOf(wanted))))
      fail('SchemaInconsistent', { msg: `${edge.where}: ${edge.column.table.name}.${edge.column.name} holds one link, and the request asks for two` })
    this.#atOtherEnd(edge, (back) => this.#remove(back))
  }

  #remove(edge: Edge): void {
    const content = this.#contentOf(edge.from)
    if (!content || this.#added.has(textOf(edge))) return
    const without = withoutLink(content, nestedPath(edge.column), edge.column, edge.to)
    if (without !== content) this.#write(edge, 'link_cleared', without)
  }

  #write({ from, column, where }: Edge, effect: 'link_set' | 'link_cleared', content: Content): void {
    this.#contents.set(from, { content, where })
    const record = this.#changes.get(from)?.row ?? this.#locked.byId.get(from)
    const table = this.#changes.get(from)?.table ?? this.#context.datamodel.model.tables.get(record?.tableId ?? 0)
    if (table) this.#effects.push({ where, effect, table, record: record ?? null, column: column.name })
  }

  #result(): readonly Change[] {
    const own = [...this.#changes.values()].map((change) => {
      const content = this.#contents.get(change.row.systemId)?.content
      if (!content) return change
      const { unchanged, stored, row } = change
      const next = unchanged && stored ? nextVersion(stored, this.#context) : row
      return { ...change, row: { ...next, content }, unchanged: false }
    })
    const partners = [...this.#contents].flatMap(([systemId, { content, where }]) => {
      const stored = this.#changes.has(systemId) ? undefined : this.#locked.byId.get(systemId)
      return stored ? (partnerChange(stored, content, where, this.#context) ?? []) : []
    })
    return [...own, ...partners]
  }
}

function partnerChange(stored: StoredRecord, content: Content, where: string, context: SaveContext): Change | undefined {
  const table = context.datamodel.model.tables.get(stored.tableId)
  if (!table) return undefined
  if (!context.skipConstraints) context.problems.attempt(where, () => checkContent(table, content, `${where}>${table.name}`, context.problems))
  const row = { ...nextVersion(stored, context), content }
  return { table, origin: 'mirror', where, draft: null, stored, row, unchanged: false }
}

type Path = ReturnType<typeof nestedPath>

const rowsAt = (content: Content, path: Path): readonly StoredRow[] => (content[nestedKey(path[0] as Path[number])] as StoredRow[] | undefined) ?? []

function leadsTo(content: Content, path: Path, column: Column, to: number): boolean {
  if (path.length === 0) return (content[columnKey(column)] as StoredLink | undefined)?.s === to
  return rowsAt(content, path).some((row) => leadsTo(row, path.slice(1), column, to))
}

/** A new row at the end, with a row inside it for each further level. */
function withRow(content: Content, path: Path, column: Column, to: number): Content {
  const [table, ...below] = path
  if (!table) return { ...content, [columnKey(column)]: { s: to } }
  const row = { _uuid: randomUUID(), ...withRow({}, below, column, to) }
  return { ...content, [nestedKey(table)]: [...rowsAt(content, path), row] }
}

/** The same object where there is no such link; rows that say nothing without it go with it. */
function withoutLink(content: Content, path: Path, column: Column, to: number): Content {
  const [table, ...below] = path
  if (!table) {
    if (!leadsTo(content, [], column, to)) return content
    const { [columnKey(column)]: _, ...rest } = content
    return rest
  }
  if (!leadsTo(content, path, column, to)) return content
  const rows = rowsAt(content, path).flatMap((row) => {
    const rest = withoutLink(row, below, column, to) as StoredRow
    return rest !== row && Object.keys(rest).length === 1 ? [] : [rest]
  })
  const { [nestedKey(table)]: _, ...others } = content
  return rows.length > 0 ? { ...others, [nestedKey(table)]: rows } : others
}
