/**
 * Records that are written into others whole: rows of reverse tables, and link targets where the request wants them embedded.
 * Fetched level by level, with one statement per reverse table or mask for all records of a level. What the caller may not
 * read is left out of reverse tables, and a link to it stays brief. How many there may be in one answer has a limit, both of
 * those that are fetched and of the times they are written.
 */
import type { Column, ColumnField, Mask, MaskField, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { ByPointer } from './by-pointer.ts'
import { nestedKey, type Content } from './content.ts'
import { embeddedFormat } from './formats.ts'
import type { RecordPointer, RecordSource, WrittenRecord } from './record-store.ts'
import type { Page, Rendered } from './render-page.ts'
import { isLink, linkedId, planFor, storedKey, type RecordPlan, type SlotPlan } from './render-plan.ts'
import type { RecordFormat } from './saved-renderer.ts'

export type MergeMode = 'none' | 'in_main_search' | 'not_in_main_search' | 'not_in_main_search_unless_reverse' | 'all'
export interface Merge {
  readonly mode: MergeMode
  /** How many links deep; null is as deep as they lead. */
  readonly maxDepth: number | null
  readonly skipReverse: boolean
}

export const NO_MERGE: Merge = { mode: 'none', maxDepth: null, skipReverse: false }

const MOST_ATTACHED = 20_000

/** Whether targets of this link are embedded. */
export function embeds({ mode, maxDepth }: Merge, { target, reverseEdit }: Column, depth: number): boolean {
  if (mode === 'none' || !target || (maxDepth !== null && depth >= maxDepth)) return false
  if (mode === 'all') return true
  if (mode === 'in_main_search') return target.inMainSearch
  return !target.inMainSearch && !(mode === 'not_in_main_search_unless_reverse' && reverseEdit)
}

/** The mask that shows the target of a link. */
export function linkMask(page: Page, field: ColumnField, table: Table, pool: number | undefined): Mask {
  const { datamodel } = page.options
  const chosen = field.linkMask === null ? undefined : datamodel.masksById.get(field.linkMask)
  return chosen?.table.id === table.id ? chosen : datamodel.standardMask(table, pool)
}

export class Attached {
  readonly #merge: Merge
  readonly #rows = new Map<SlotPlan, ByPointer<Rendered[]>>()
  readonly #embedded = new Map<RecordPlan, ByPointer<Rendered>>()
  #fetched = 0
  #written = 0

  constructor(merge: Merge) {
    this.#merge = merge
  }

  rows(slot: SlotPlan, id: number | null, at: string | null): readonly Rendered[] {
    return id === null ? [] : (this.#rows.get(slot)?.at(at).get(id) ?? [])
  }

  /** The target of a link as it is written out in full; undefined where it is not. */
  embedded(page: Page, mask: Mask, format: RecordFormat, id: number, at: string | null): Rendered | undefined {
    return this.#embedded
      .get(this.#planOf(page, mask, format))
      ?.at(at)
      .get(id)
  }

  all(): Rendered[] {
    return [...[...this.#rows.values()].flatMap((rows) => rows.all().flat()), ...[...this.#embedded.values()].flatMap((found) => found.all())]
  }

  /** To be called with every record that is written into another one. */
  countWritten(): void {
    if (++this.#written > MOST_ATTACHED) tooMany()
  }

  /** The records and, below them, the rows that their masks list, those of the rows, and so on. */
  async loadRows(source: RecordSource, page: Page, records: readonly Rendered[]): Promise<readonly Rendered[]> {
    const all = [...records]
    for (let open = records; open.length;) {
      const below: Rendered[] = []
      for (const [slot, masters] of this.#mastersBySlot(open)) below.push(...(await this.#loadSlot(source, page, slot, masters)))
      all.push(...below)
      open = below
    }
    return all
  }

  /** Fetches what the links of these records lead to, where it is to be embedded. */
  async loadEmbedded(source: RecordSource, page: Page, records: readonly Rendered[], depth: number): Promise<readonly Rendered[]> {
    if (this.#merge.mode === 'none') return []
    const wanted = new Map<RecordPlan, RecordPointer[]>()
    for (const record of records) this.#addTargets(page, record, record.plan.fields, record.facts.values, depth, wanted)
    const found: Rendered[] = []
    for (const [plan, pointers] of wanted) found.push(...(await this.#loadTargets(source, page, plan, pointers)))
    return found
  }

  #mastersBySlot(records: readonly Rendered[]): ReadonlyMap<SlotPlan, RecordPointer[]> {
    const masters = new Map<SlotPlan, RecordPointer[]>()
    for (const { plan, facts, at } of records)
      for (const slot of plan.slots.values()) {
        const known = this.#rows.get(slot) ?? new ByPointer<Rendered[]>()
        this.#rows.set(slot, known)
        if (facts.id === null || known.at(at).has(facts.id)) continue
        known.at(at).set(facts.id, [])
        masters.set(slot, [...(masters.get(slot) ?? []), { id: facts.id, at }])
      }
    return masters
  }

  async #loadSlot(source: RecordSource, page: Page, slot: SlotPlan, masters: readonly RecordPointer[]): Promise<Rendered[]> {
    const found = await source.rows(slot.rows.projection, slot.slot, masters, MOST_ATTACHED - this.#fetched + 1)
    this.#count(found.length)
    await page.rights.load(source, found)
    const rows = found.filter(({ facts }) => page.rights.has(facts, 'read'))
    return rows.map(({ master, facts, block }) => {
      const { id, at } = masters[master] as RecordPointer
      const row = { plan: slot.rows, facts, block, at }
      this.#rows.get(slot)?.at(at).get(id)?.push(row)
      return row
    })
  }

  #addTargets(
    page: Page,
    record: Rendered,
    fields: readonly MaskField[],
    values: Content,
    depth: number,
    wanted: Map<RecordPlan, RecordPointer[]>,
  ): void {
    for (const field of fields) {
      if (field.kind === 'reverse-linked-table') continue
      if (field.kind === 'linked-table') {
        const rows = values[nestedKey(field.table)]
        if (Array.isArray(rows)) for (const row of rows) this.#addTargets(page, record, field.fields, row as Content, depth, wanted)
      } else if (isLink(field) && field.readable && embeds(this.#merge, field.column, depth)) {
        this.#addTarget(page, record, field, values[storedKey(field) ?? ''], wanted)
      }
    }
  }

  #addTarget(page: Page, { plan, at }: Rendered, field: ColumnField, value: unknown, wanted: Map<RecordPlan, RecordPointer[]>): void {
    const target = page.target(value, at)
    const id = linkedId(value)
    if (!target || id === undefined) return
    const targetPlan = this.#planOf(page, linkMask(page, field, target.table, target.facts.pool), plan.contents.format)
    const known = this.#embedded.get(targetPlan) ?? new ByPointer<Rendered>()
    this.#embedded.set(targetPlan, known)
    const pointers = wanted.get(targetPlan) ?? []
    wanted.set(targetPlan, pointers)
    if (!known.at(at).has(id)) pointers.push({ id, at })
  }

  async #loadTargets(source: RecordSource, page: Page, plan: RecordPlan, pointers: readonly RecordPointer[]): Promise<Rendered[]> {
    const known = this.#embedded.get(plan) ?? new ByPointer<Rendered>()
    const now = new Set(pointers.flatMap(({ id, at }) => (at === null ? [id] : [])))
    const then = pointers.filter(({ at }) => at !== null)
    const versions = new Map(then.map(({ id, at }) => [`${id} ${page.state(id, at)?.version}`, { id, version: page.state(id, at)?.version ?? 0 }]))
    this.#count(now.size + versions.size)
    const newest = now.size ? await source.records(plan.projection, { by: 'systemId', ids: [...now] }) : []
    const older = versions.size ? await source.records(plan.projection, { by: 'version', versions: [...versions.values()] }) : []
    await page.rights.load(source, [...newest, ...older])
    const byVersion = new Map(older.map((record) => [`${record.facts.id} ${record.facts.version}`, record]))
    const found = newest.map((record) => ({ plan, at: null as string | null, ...record }))
    const seen = new ByPointer<true>()
    for (const { id, at } of then) {
      const record: WrittenRecord | undefined = byVersion.get(`${id} ${page.state(id, at)?.version}`)
      if (record && !seen.at(at).has(id)) found.push({ plan, at, ...record })
      seen.at(at).set(id, true)
    }
    const allowed = found.filter(({ facts }) => page.rights.allows(facts, plan.mask, page.options.datamodel))
    for (const record of allowed) known.at(record.at).set(record.facts.id as number, record)
    return allowed
  }

  #planOf(page: Page, mask: Mask, format: RecordFormat): RecordPlan {
    return planFor(page.options.datamodel, mask, embeddedFormat(format), { skipReverse: this.#merge.skipReverse })
  }

  #count(more: number): void {
    this.#fetched += more
    if (this.#fetched > MOST_ATTACHED) tooMany()
  }
}

const tooMany = () => fail('AnswerTooLarge', { what: 'records inside others', limit: MOST_ATTACHED })
