/**
 * Everything a page of records points at, fetched level by level: one statement for all targets and parents of the page, one
 * for theirs, and so on, until nothing new turns up. A record is fetched once, so circles end by themselves.
 */
import type { Datamodel, Mask, MaskField, Table } from '../datamodel/model.ts'
import { nestedKey, type Content } from './content.ts'
import type { Names, RecordFacts, RecordPointer, RecordSource } from './record-store.ts'
import { isLink, linkedId, storedKey, type RecordPlan } from './render-plan.ts'
import { standardFields, standardOf, type Standard } from './standard.ts'

/** A record in the hands of the renderer. */
export interface Rendered {
  readonly plan: RecordPlan
  readonly facts: RecordFacts
  readonly block: string
  /** The moment at which its links are followed; null follows them to what their targets are now. */
  readonly at: string | null
}

export interface PageOptions {
  readonly datamodel: Datamodel
  readonly databaseName: string
  readonly languages: readonly string[]
}

type State = RecordFacts | null

/** Something per record and moment. Nearly always there is one moment only, and numbers are cheaper to look up than texts. */
class ByPointer<T> {
  readonly #moments = new Map<string | null, Map<number, T>>()
  at(moment: string | null): Map<number, T> {
    const known = this.#moments.get(moment) ?? new Map<number, T>()
    this.#moments.set(moment, known)
    return known
  }
  all(): T[] {
    return [...this.#moments.values()].flatMap((known) => [...known.values()])
  }
}

export class Page {
  readonly options: PageOptions
  /** What follows the system id in a global id, as it stands in JSON. */
  readonly globalSuffix: string
  names: Names = { users: new Map(), groups: new Map(), pools: new Map(), tags: new Map() }
  /** JSON text of link targets by mask, for as long as the page is written. */
  readonly targetTexts = new Map<RecordFacts, Map<Mask, string>>()
  readonly #states = new ByPointer<State>()
  readonly #standards = new ByPointer<Standard | undefined>()

  constructor(options: PageOptions) {
    this.options = options
    this.globalSuffix = JSON.stringify(`@${options.databaseName}`).slice(1)
  }

  async load(source: RecordSource, records: readonly Rendered[]): Promise<void> {
    const [first] = records
    if (!first) return
    let open = this.#newPointers(records.flatMap((record) => pointersOfRecord(record)))
    while (open.length) {
      const states = await source.states(first.plan.targets, open)
      open.forEach((pointer, i) => this.#states.at(pointer.at).set(pointer.id, states[i] ?? null))
      open = this.#newPointers(states.flatMap((state, i) => (state ? this.#pointersOfTarget(state, open[i]?.at ?? null, first.plan) : [])))
    }
    this.names = await source.names(this.#nameIds(records))
  }

  state(id: number, at: string | null): State {
    return this.#states.at(at).get(id) ?? null
  }

  /** Ancestors of a record, topmost first. */
  ancestors(facts: RecordFacts, at: string | null): RecordFacts[] {
    const above: RecordFacts[] = []
    const seen = new Set<number>()
    for (let id = facts.parent; id !== undefined && !seen.has(id);) {
      seen.add(id)
      const parent = this.state(id, at)
      if (!parent) break
      above.push(parent)
      id = parent.parent
    }
    return above.toReversed()
  }

  /** The standard of the record itself. */
  standard(table: Table, facts: RecordFacts, at: string | null): Standard {
    const { datamodel, languages } = this.options
    const made = this.#standards.at(at)
    if (facts.id !== null) made.set(facts.id, undefined)
    const target = (link: unknown) => this.#targetStandard(link, at)
    const standard = standardOf(table, facts.values, { datamodel, languages, target })
    if (facts.id !== null) made.set(facts.id, standard)
    return standard
  }

  #targetStandard(link: unknown, at: string | null): Standard | undefined {
    const id = linkedId(link)
    if (id === undefined) return undefined
    const made = this.#standards.at(at)
    // Set to undefined while it is being made: a record that links back to itself does not repeat itself.
    if (made.has(id)) return made.get(id)
    const facts = this.state(id, at)
    const table = facts && this.options.datamodel.model.tables.get(facts.table)
    return facts && table && facts.deleted === undefined ? this.standard(table, facts, at) : undefined
  }

  #newPointers(found: readonly RecordPointer[]): RecordPointer[] {
    const seen = new ByPointer<true>()
    return found.filter(({ id, at }) => {
      if (this.#states.at(at).has(id) || seen.at(at).has(id)) return false
      seen.at(at).set(id, true)
      return true
    })
  }

  #pointersOfTarget(facts: RecordFacts, at: string | null, plan: RecordPlan): RecordPointer[] {
    const table = this.options.datamodel.model.tables.get(facts.table)
    if (!table || facts.deleted !== undefined) return []
    // What a parent hands down may itself be a link.
    const handedDown = plan.contents.inherited && plan.table.id === table.id ? plan.fields : []
    return pointers(linkedIds([...handedDown, ...standardFields(this.options.datamodel, table)], facts), at)
  }

  #nameIds(records: readonly Rendered[]) {
    const ids = { users: new Set<number>(), groups: new Set<number>(), pools: new Set<number>(), tags: new Set<number>() }
    for (const { facts, plan } of records) {
      addAll(ids.users, [facts.createUser, facts.ownerUser, ...(facts.history ?? []).map((entry) => entry.user ?? undefined)], plan.contents.fields)
      addAll(ids.groups, [facts.ownerGroup], plan.contents.fields)
    }
    for (const facts of [...records.map((record) => record.facts), ...this.#states.all()]) {
      addAll(ids.pools, [facts?.pool], true)
      addAll(ids.tags, facts?.tags ?? [], true)
    }
    return ids
  }
}

function addAll(to: Set<number>, ids: readonly (number | undefined)[], wanted: boolean): void {
  if (wanted) for (const id of ids) if (id !== undefined) to.add(id)
}

const pointers = (ids: readonly number[], at: string | null): RecordPointer[] => ids.map((id) => ({ id, at }))

function pointersOfRecord({ plan, facts, at }: Rendered): RecordPointer[] {
  const standard = plan.contents.standard ? standardFields(plan.datamodel, plan.table) : []
  return pointers(linkedIds([...plan.fields, ...plan.listed, ...standard], facts), at)
}

function linkedIds(fields: readonly MaskField[], facts: RecordFacts): number[] {
  const ids: number[] = facts.parent === undefined || facts.parent < 0 ? [] : [facts.parent]
  collect(fields, facts.values, ids)
  return ids
}

// Links of a dry run to other new records are negative: there is nothing to fetch for them.
function collect(fields: readonly MaskField[], values: Content, ids: number[]): void {
  for (const field of fields) {
    if (field.kind === 'linked-table') {
      const rows = values[nestedKey(field.table)]
      if (Array.isArray(rows)) for (const row of rows) collect(field.fields, row as Content, ids)
    } else if (field.kind !== 'reverse-linked-table' && isLink(field)) {
      const id = linkedId(values[storedKey(field) ?? ''])
      if (id !== undefined && id > 0) ids.push(id)
    }
  }
}
