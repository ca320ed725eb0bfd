/**
 * Finds the records that a request names, all at once: one statement for addresses and one per searched column, however many
 * records there are. New records of the same request can be named too, before or after their place in it.
 */
import type { Column, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Problems } from './problems.ts'
import { lookupText, type RecordRef } from './record-ref.ts'
import type { Draft } from './save-draft.ts'
import { together } from './together.ts'
import { simpleKeyOf, uniqueDigest } from './unique.ts'
import { canonicalJson, isObject } from './values/plain-json.ts'
import type { Found, Identity, RecordTransaction, Wanted } from './write-store.ts'

/** A new record of the request, with the ids that it gets. */
export interface NewRecord extends Identity {
  readonly draft: Draft
}

export interface RefOptions {
  /** New records of the same request. */
  readonly created: readonly NewRecord[]
  readonly problems: Problems
  /** System ids for records that do not exist yet and that nothing but their UUID is known of; one per such reference. */
  readonly reserved: readonly number[]
}

/** Says for each reference the system id of its record; undefined where there is none, which is a problem that was kept. */
export type SystemIdOf = (ref: RecordRef) => number | undefined

export async function resolveRefs(tx: RecordTransaction, refs: readonly RecordRef[], options: RefOptions): Promise<SystemIdOf> {
  const resolved = new Map<RecordRef, number>()
  if (refs.length > 0) {
    const search: RefSearch = { tx, fresh: new FreshRecords(options.created), resolved, ...options }
    await together([resolveAddresses(search, refs), resolveLookups(search, refs)])
  }
  return (ref) => resolved.get(ref)
}

interface RefSearch extends RefOptions {
  readonly tx: RecordTransaction
  readonly fresh: FreshRecords
  readonly resolved: Map<RecordRef, number>
}

/** The new records of the request by everything that they can be named by. */
class FreshRecords {
  readonly bySystemId = new Map<number, Identity>()
  readonly byUuid = new Map<string, Identity>()
  readonly byObject = new Map<string, Identity>()
  readonly #created: readonly NewRecord[]
  readonly #byValue = new Map<Column, Map<string, number[]>>()

  constructor(created: readonly NewRecord[]) {
    this.#created = created
    for (const record of created) {
      this.bySystemId.set(record.systemId, record)
      this.byUuid.set(record.uuid, record)
      this.byObject.set(`${record.tableId}:${record.objectId}`, record)
    }
  }

  find(table: Table, column: Column, value: unknown): readonly number[] {
    const created = this.#created.filter(({ tableId }) => tableId === table.id)
    if (created.length === 0) return []
    if (isObject(value)) return created.filter(({ draft }) => contains(draft.columns.get(column), value)).map(({ systemId }) => systemId)
    let values = this.#byValue.get(column)
    if (!values) this.#byValue.set(column, (values = this.#index(column)))
    return values.get(canonicalJson(value)) ?? []
  }

  #index(column: Column): Map<string, number[]> {
    const values = new Map<string, number[]>()
    for (const { draft, systemId } of this.#created) {
      const value = draft.columns.get(column)
      if (value === undefined) continue
      const key = canonicalJson(value)
      const holders = values.get(key)
      if (holders) holders.push(systemId)
      else values.set(key, [systemId])
    }
    return values
  }
}

const contains = (whole: unknown, part: Readonly<Record<string, unknown>>) =>
  isObject(whole) && Object.entries(part).every(([language, text]) => whole[language] === text)

async function resolveAddresses(search: RefSearch, all: readonly RecordRef[]): Promise<void> {
  const { tx, fresh, resolved, problems } = search
  const refs = all.filter((ref) => ref.lookup === undefined)
  if (refs.length === 0) return
  const systemIds = new Set<number>()
  const uuids = new Set<string>()
  const objects = new Map<string, { tableId: number; objectId: number }>()
  for (const ref of refs) {
    if (ref.systemId !== undefined) systemIds.add(ref.systemId)
    else if (ref.uuid !== undefined) uuids.add(ref.uuid)
    else if (ref.objectId !== undefined) objects.set(`${ref.table.id}:${ref.objectId}`, { tableId: ref.table.id, objectId: ref.objectId })
  }
  const found = await tx.findRecords({ systemIds: [...systemIds], uuids: [...uuids], objects: [...objects.values()] })
  const bySystemId = new Map(found.map((record) => [record.systemId, record]))
  const byUuid = new Map(found.map((record) => [record.uuid, record]))
  const byObject = new Map(found.map((record) => [`${record.tableId}:${record.objectId}`, record]))
  const later: RecordRef[] = []
  for (const ref of refs) {
    const record =
      ref.systemId !== undefined
        ? (fresh.bySystemId.get(ref.systemId) ?? bySystemId.get(ref.systemId))
        : ref.uuid !== undefined
          ? (fresh.byUuid.get(ref.uuid) ?? byUuid.get(ref.uuid))
          : (fresh.byObject.get(`${ref.table.id}:${ref.objectId}`) ?? byObject.get(`${ref.table.id}:${ref.objectId}`))
    if (!record && ref.defer) later.push(ref)
    else {
      const systemId = problems.attempt(ref.where, () => (record ? agreeing(ref, record) : missing(ref)))
      if (systemId !== undefined) resolved.set(ref, systemId)
    }
  }
  if (later.length > 0) await deferRefs(search, later)
}

/** Links to what does not exist yet lead to a ghost, whose id the record gets when it comes. */
async function deferRefs({ tx, resolved, problems, reserved }: RefSearch, refs: readonly RecordRef[]): Promise<void> {
  let next = 0
  const wanted = refs.map(({ systemId = null, uuid = null, table }) => ({
    systemId,
    uuid,
    tableId: table.id,
    reserved: systemId ?? reserved[next++] ?? 0,
  }))
  const targets = await tx.deferTargets(wanted)
  refs.forEach((ref, i) => {
    const target = targets[i]
    problems.attempt(ref.where, () => {
      if (!target || target.trashed) return missing(ref)
      if (target.tableId !== ref.table.id) return fail('DeferredLinkedObjectWrongObjecttype', { objecttype: ref.table.name })
      return resolved.set(ref, target.systemId)
    })
  })
}

function agreeing(ref: RecordRef, record: Identity): number {
  if (record.tableId !== ref.table.id) fail('SchemaInconsistent', { msg: `${ref.where}: the record named here is not one of ${ref.table.name}` })
  const contradicts = (ref.uuid !== undefined && ref.uuid !== record.uuid) || (ref.objectId !== undefined && ref.objectId !== record.objectId)
  if (contradicts) fail('SchemaInconsistent', { msg: `${ref.where}: the ids given here belong to different records` })
  return record.systemId
}

/** Also for a record in the trash: nothing may link to it. */
export function missing(ref: RecordRef): never {
  if (ref.systemId !== undefined) return fail('LookupNotFound', { key: '_system_object_id', value: String(ref.systemId) })
  if (ref.uuid !== undefined) return fail('LookupNotFound', { key: '_uuid', value: ref.uuid })
  if (ref.objectId !== undefined) return fail('LookupNotFound', { key: '_id', value: String(ref.objectId) })
  return fail('LookupNotFound', { key: ref.lookup?.column.name ?? '_id', value: lookupText(ref.lookup?.value) })
}

interface ColumnSearch {
  readonly table: Table
  readonly column: Column
  /** Each wanted value once, with all that want it. */
  readonly values: Map<string, { readonly value: unknown; readonly refs: RecordRef[] }>
}

async function resolveLookups(search: RefSearch, refs: readonly RecordRef[]): Promise<void> {
  const searches = new Map<Column, ColumnSearch>()
  for (const ref of refs) {
    if (!ref.lookup) continue
    const { column, value } = ref.lookup
    let wanted = searches.get(column)
    if (!wanted) searches.set(column, (wanted = { table: ref.table, column, values: new Map() }))
    const key = canonicalJson(value)
    const entry = wanted.values.get(key)
    if (entry) entry.refs.push(ref)
    else wanted.values.set(key, { value, refs: [ref] })
  }
  await together([...searches.values()].map((wanted) => runSearch(search, wanted)))
}

async function runSearch({ tx, fresh, resolved, problems }: RefSearch, { table, column, values }: ColumnSearch): Promise<void> {
  const entries = [...values.values()]
  const hits = entries.map(({ value }) => new Set(fresh.find(table, column, value)))
  const wanted = entries.map(({ value }, n) => ({ n, value }))
  for (const { n, systemId } of await findStored(tx, table, column, wanted)) hits[n]?.add(systemId)
  entries.forEach(({ value, refs }, n) => {
    const found = hits[n] ?? new Set()
    const [systemId] = found
    for (const ref of refs)
      problems.attempt(ref.where, () => {
        if (systemId === undefined) return fail('LookupNotFound', { key: column.name, value: lookupText(value) })
        if (found.size > 1) return fail('LookupFoundTooMany', { count: found.size, value: lookupText(value) })
        return resolved.set(ref, systemId)
      })
  })
}

/** Through the unique key where the column has one; what that does not find may be older than the key. */
async function findStored(tx: RecordTransaction, table: Table, column: Column, wanted: readonly Wanted<unknown>[]): Promise<Found[]> {
  if (column.type.startsWith('text_l10n')) return findLocalized(tx, table, column, wanted)
  const key = simpleKeyOf(table, column)
  if (!key) return tx.findByColumn(table.id, String(column.id), wanted)
  const found = await tx.findByUnique(
    key.key,
    wanted.map(({ n, value }) => ({ n, value: uniqueDigest([value]) })),
  )
  const hit = new Set(found.map(({ n }) => n))
  const rest = wanted.filter(({ n }) => !hit.has(n))
  return rest.length === 0 ? found : [...found, ...(await tx.findByColumn(table.id, String(column.id), rest))]
}

/** One statement per language that the wanted texts can be joined on. */
async function findLocalized(tx: RecordTransaction, table: Table, column: Column, wanted: readonly Wanted<unknown>[]): Promise<Found[]> {
  const byLanguage = new Map<string, Wanted<unknown>[]>()
  for (const entry of wanted) {
    const language = isObject(entry.value) ? (Object.keys(entry.value).sort()[0] ?? '') : ''
    byLanguage.set(language, [...(byLanguage.get(language) ?? []), entry])
  }
  const found = await together([...byLanguage].map(([language, entries]) => tx.findByColumn(table.id, String(column.id), entries, language)))
  return found.flat()
}
