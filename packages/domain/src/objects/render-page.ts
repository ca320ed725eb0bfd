/**
 * Everything a page of records points at, fetched level by level: one statement for all targets and parents of the page, one
 * for theirs, and so on, until nothing new turns up. A record is fetched once, so circles end by themselves. What is written
 * into records whole (reverse rows, embedded targets) is kept in `attached`.
 */
import type { Datamodel, Mask, MaskField, Table } from '../datamodel/model.ts'
import type { CallerAccess } from '../access/access.ts'
import type { FileLook } from '../files/file-look.ts'
import type { Caller } from '../people/caller.ts'
import { nestedKey, type Content } from './content.ts'
import { ByPointer } from './by-pointer.ts'
import { Attached, type Merge } from './render-attached.ts'
import type { Ghost, Names, RecordFacts, RecordPointer, RecordSource, Wanted } from './record-store.ts'
import { collectFiles, PageFiles } from './render-files.ts'
import { isLink, linkedId, storedKey, targetsWith, type RecordPlan } from './render-plan.ts'
import { ancestors } from './render-hierarchy.ts'
import { PageRights } from './render-rights.ts'
import { standardFields, standardOf, type FileJson, type Standard } from './standard.ts'

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
  readonly caller: Caller
  readonly access: CallerAccess
  /** Which linked records are written out in full. */
  readonly merge: Merge
  /** Null where the datamodel has no fields for files. */
  readonly look: FileLook | null
}

type State = RecordFacts | null
/** A record that a link leads to, alive in the state that is looked at. */
export interface Target {
  readonly table: Table
  readonly facts: RecordFacts
}

export class Page {
  readonly options: PageOptions
  readonly attached: Attached
  readonly rights: PageRights
  readonly files: PageFiles
  /** What follows the system id in a global id, as it stands in JSON. */
  readonly globalSuffix: string
  names: Names = { users: new Map(), groups: new Map(), pools: new Map(), tags: new Map() }
  collections: ReadonlyMap<number, readonly number[]> = new Map()
  /** JSON text of link targets by mask, for as long as the page is written. */
  readonly targetTexts = new Map<RecordFacts, Map<Mask, string>>()
  readonly #states = new ByPointer<State>()
  readonly #standards = new ByPointer<Standard | undefined>()
  readonly #ghosts = new Map<number, Ghost>()

  constructor(options: PageOptions) {
    this.options = options
    this.attached = new Attached(options.merge)
    this.rights = new PageRights(options.access)
    this.files = new PageFiles({ look: options.look, rights: this.rights, userId: options.caller.userId })
    this.globalSuffix = JSON.stringify(`@${options.databaseName}`).slice(1)
  }

  async load(source: RecordSource, records: readonly Rendered[]): Promise<void> {
    if (!records.length) return
    let level = records
    for (let depth = 0; level.length; depth++) {
      const written = await this.attached.loadRows(source, this, level)
      await this.#loadStates(source, written)
      level = await this.attached.loadEmbedded(source, this, written, depth)
    }
    const all = [...records, ...this.attached.all()]
    const holders = all.flatMap(({ plan, facts }) => (plan.contents.system && facts.id !== null ? [facts.id] : []))
    const shown = this.#shownFiles(all)
    const [names, collections] = await Promise.all([
      source.names(this.#nameIds(all)),
      holders.length ? source.collectionsOf([...new Set(holders)], this.options.access.collectionSight) : this.collections,
      this.#loadGhosts(source),
      this.rights.load(source, [
        ...all.filter(({ plan }) => plan.contents.system),
        ...all.flatMap((record) => this.#givers(record)),
        ...shown.holders,
      ]),
      this.files.load(source, shown.ids),
    ])
    this.names = names
    this.collections = collections
  }

  state(id: number, at: string | null): State {
    return this.#states.at(at).get(id) ?? null
  }

  ghost(id: number): Ghost | undefined {
    return this.#ghosts.get(id)
  }

  /** What a stored link leads to, unless that does not exist or lies in the trash. */
  target(link: unknown, at: string | null): Target | undefined {
    const id = linkedId(link)
    const facts = id === undefined ? null : this.state(id, at)
    const table = facts && this.options.datamodel.model.tables.get(facts.table)
    return facts && table && facts.deleted === undefined ? { table, facts } : undefined
  }

  /** The standard of the record itself. */
  standard(table: Table, facts: RecordFacts, at: string | null): Standard {
    const { datamodel, languages } = this.options
    const made = this.#standards.at(at)
    if (facts.id !== null) made.set(facts.id, undefined)
    const target = (link: unknown) => this.#targetStandard(link, at)
    const standard = standardOf(table, facts.pool, facts.values, { datamodel, languages, holder: facts, target })
    if (facts.id !== null) made.set(facts.id, standard)
    return standard
  }

  /** A file of a standard, as a list of one. */
  readonly standardFile: FileJson = ({ entry, ...place }) => this.files.json([entry], place)

  #targetStandard(link: unknown, at: string | null): Standard | undefined {
    const id = linkedId(link)
    if (id === undefined) return undefined
    const made = this.#standards.at(at)
    // Set to undefined while it is being made: a record that links back to itself does not repeat itself.
    if (made.has(id)) return made.get(id)
    const target = this.target(link, at)
    return target && this.standard(target.table, target.facts, at)
  }

  async #loadStates(source: RecordSource, records: readonly Rendered[]): Promise<void> {
    const wanted = wantedBy(records)
    let open = this.#newPointers(records.flatMap((record) => pointersOfRecord(record)))
    while (open.length) {
      const states = await source.states(wanted, open)
      open.forEach((pointer, i) => this.#states.at(pointer.at).set(pointer.id, states[i] ?? null))
      open = this.#newPointers(states.flatMap((state, i) => (state ? this.#pointersOfTarget(state, open[i]?.at ?? null, records) : [])))
    }
  }

  async #loadGhosts(source: RecordSource): Promise<void> {
    const missing = this.#states.missing()
    if (!missing.length) return
    for (const [id, ghost] of await source.ghosts(missing)) this.#ghosts.set(id, ghost)
  }

  #newPointers(found: readonly RecordPointer[]): RecordPointer[] {
    const seen = new ByPointer<true>()
    return found.filter(({ id, at }) => {
      if (this.#states.at(at).has(id) || seen.at(at).has(id)) return false
      seen.at(at).set(id, true)
      return true
    })
  }

  #pointersOfTarget(facts: RecordFacts, at: string | null, records: readonly Rendered[]): RecordPointer[] {
    const table = this.options.datamodel.model.tables.get(facts.table)
    if (!table || facts.deleted !== undefined) return []
    // What a parent hands down may itself be a link.
    const plan = records[0]?.plan
    const handedDown = plan?.contents.inherited && plan.table.id === table.id ? plan.fields : []
    return pointers(linkedIds([...handedDown, ...standardFields(this.options.datamodel, table, facts.pool)], facts), at)
  }

  /** Files of these records, of what they may inherit and of the standards of all they point at, and the records that have them. */
  #shownFiles(records: readonly Rendered[]) {
    const ids = new Set<number>()
    const holders: { readonly facts: RecordFacts }[] = []
    if (!this.files.areShown) return { ids, holders }
    const add = (fields: readonly MaskField[], facts: RecordFacts) => {
      if (collectFiles(fields, facts.values, ids)) holders.push({ facts })
    }
    for (const { plan, facts } of records) add(plan.files, facts)
    const plan = records[0]?.plan
    for (const facts of this.#states.all()) {
      const table = facts && facts.deleted === undefined ? this.options.datamodel.model.tables.get(facts.table) : undefined
      if (!facts || !table) continue
      if (plan?.contents.inherited && plan.table.id === table.id) add(plan.files, facts)
      add(standardFields(this.options.datamodel, table, facts.pool), facts)
    }
    return { ids, holders }
  }

  /** Records that may hand values down. */
  #givers({ plan, facts, at }: Rendered): { readonly facts: RecordFacts }[] {
    return plan.contents.inherited && plan.table.hierarchical ? ancestors(this, facts, at).map((above) => ({ facts: above })) : []
  }

  #nameIds(records: readonly Rendered[]) {
    const ids = { users: new Set<number>(), groups: new Set<number>(), pools: new Set<number>(), tags: new Set<number>() }
    for (const { facts, plan } of records) {
      addAll(ids.users, [facts.createUser, facts.ownerUser, ...(facts.history ?? []).map((entry) => entry.user ?? undefined)], plan.contents.system)
      addAll(ids.groups, [facts.ownerGroup], plan.contents.system)
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

/** What is needed of the targets of all these records, which may have been written through different masks. */
function wantedBy(records: readonly Rendered[]): Wanted {
  const [first, ...others] = new Set(records.map(({ plan }) => plan.targets))
  if (!first) return { keys: new Map(), hierarchical: [], polyhierarchical: [] }
  return others.length
    ? targetsWith(
        first,
        others.map(({ keys }) => keys),
      )
    : first
}

const pointersOfRecord = ({ plan, facts, at }: Rendered): RecordPointer[] => pointers(linkedIds(plan.away, facts), at)

function linkedIds(fields: readonly MaskField[], facts: RecordFacts): number[] {
  const ids: number[] = []
  if (facts.parent !== undefined && facts.parent > 0) ids.push(facts.parent)
  for (const parent of facts.parents ?? []) if (parent > 0) ids.push(parent)
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
