/**
 * Marks records that break a rule which is younger than they are, and takes marks away that are not true any more.
 *
 * A commit, or a change of tags, writes down which object types have to be judged. This walk takes them a page at a time, each
 * page in a transaction of its own that also writes down how far it came: memory is bounded, saves wait for a page at most, and
 * whoever comes after a crash goes on where the last one stopped. Several servers may walk at once; they take turns.
 *
 * Of several records with one value of a unique key the lowest system id holds it, and all of them are marked, for somebody
 * has to see them side by side. Once a record has given such a value up, the others learn of it by `recheck`: the next one
 * becomes the holder, and a record that is alone with its value loses its mark.
 */
import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setImmediate as letOthers } from 'node:timers/promises'
import { uniqueRowsOf } from '../objects/unique.ts'
import {
  CHECK_VIOLATION,
  NESTED_UNIQUE_KEY_VIOLATION,
  TAGS_CHOICE_VIOLATION,
  UNIQUE_KEY_VIOLATION,
  uniqueViolation,
  violationsOf,
  type Surroundings,
} from '../objects/violations.ts'
import type { Datamodels } from './datamodels.ts'
import type { Datamodel, Table } from './model.ts'
import type { HeldValue, MarkedRecord, Unjudged, ViolationStore, ViolationTransaction } from './violation-store.ts'

const PAGE = 250
/** A save gives an expression more time; here it is tried for every record, and one that is slow for all would go on for hours. */
const LONGEST_PATTERN_MS = 20
/** After so long, requests of others get their turn. */
const TURN_MS = 20
const OURS: ReadonlySet<string> = new Set([CHECK_VIOLATION, NESTED_UNIQUE_KEY_VIOLATION, TAGS_CHOICE_VIOLATION, UNIQUE_KEY_VIOLATION])

type Outside = readonly (HeldValue & { readonly systemTag: string })[]
/** What a page leaves to do: nothing more at all, the next page, or marks for records that stand on no page of now. */
type Left = 'nothing' | 'more' | { readonly from: Unjudged; readonly next: readonly Unjudged[]; readonly outside: Outside }

export class ViolationMarks {
  readonly #store: ViolationStore
  readonly #datamodels: Datamodels

  constructor(store: ViolationStore, datamodels: Datamodels) {
    this.#store = store
    this.#datamodels = datamodels
  }

  /** Goes on until nothing is left. Harmless to call at any time, also by several servers. */
  async judge(): Promise<void> {
    for (;;) {
      const version = await this.#datamodels.currentVersion()
      if (version === 0) return
      const datamodel = await this.#datamodels.committed(version)
      const left = await this.#store.transaction((tx) => judgePage(tx, datamodel))
      if (left === 'nothing') return
      // The holders come before the page, and locks are taken in ascending order: so in a transaction of their own.
      if (left !== 'more') await this.#store.transaction((tx) => markOutside(tx, left))
    }
  }

  /** Has records judged anew although no rule has changed: what they share with others has. */
  async recheck(tableIds: readonly number[], only: Unjudged['only']): Promise<void> {
    if (tableIds.length === 0) return
    await this.#store.transaction(async (tx) => tx.keep(judgedAnew(await tx.unjudged(), tableIds, only)))
    await this.judge()
  }

  /** The same for all records that can carry tags. */
  async recheckTagged(): Promise<void> {
    const version = await this.#datamodels.currentVersion()
    if (version === 0) return
    const { model } = await this.#datamodels.committed(version)
    await this.recheck(
      model.objecttypes.filter(({ hasTags }) => hasTags).map(({ id }) => id),
      'all',
    )
  }
}

/** The list with these object types at its end, from their first record on. */
export function judgedAnew(list: readonly Unjudged[], tableIds: readonly number[], only: Unjudged['only']): Unjudged[] {
  const wanted = new Set(tableIds)
  const whole = new Set(list.filter((entry) => entry.only === 'all').map(({ tableId }) => tableId))
  const added = [...wanted].map((tableId): Unjudged => ({ tableId, after: 0, only: whole.has(tableId) ? 'all' : only, wish: randomUUID() }))
  return [...list.filter(({ tableId }) => !wanted.has(tableId)), ...added]
}

async function judgePage(tx: ViolationTransaction, { version, model }: Datamodel): Promise<Left> {
  const [from, ...others] = await tx.unjudged()
  if (!from) return 'nothing'
  if ((await tx.currentVersion()) !== version) return 'more'
  const table = model.tables.get(from.tableId)
  if (!table || table.owner) {
    await tx.keep(others)
    return 'more'
  }
  const records = await tx.lockPage(from, PAGE)
  const held = await tx.claim(records.flatMap((record) => uniqueRowsOf(table, record)))
  const shared = new Set(held.map(valueOf))
  const groups = table.hasTags ? await tx.choiceGroups() : new Map<number, number>()
  const surroundings: Surroundings = {
    isShared: (row) => shared.has(valueOf(row)),
    choiceGroupOf: (tag) => groups.get(tag),
    longestMs: LONGEST_PATTERN_MS,
  }
  const changes = await changedMarks(table, records, surroundings)
  if (changes.length > 0) await tx.mark(changes)
  const last = records.length < PAGE ? undefined : records.at(-1)?.systemId
  const next = last === undefined ? [] : [{ ...from, after: last }]
  const outside = outsideOf(table, records, held)
  if (outside.length > 0) return { from, next, outside }
  await tx.keep([...next, ...others])
  return 'more'
}

async function changedMarks(table: Table, records: readonly MarkedRecord[], surroundings: Surroundings) {
  const changes: { systemId: number; systemTags: string[] }[] = []
  for (let began = performance.now(), i = 0; i < records.length; i++) {
    const record = records[i]
    if (!record) break
    const systemTags = [...record.systemTags.filter((tag) => !OURS.has(tag)), ...violationsOf(table, record, surroundings)].toSorted()
    if (systemTags.join() !== record.systemTags.join()) changes.push({ systemId: record.systemId, systemTags })
    if (performance.now() - began < TURN_MS) continue
    await letOthers()
    began = performance.now()
  }
  return changes
}

function outsideOf(table: Table, records: readonly MarkedRecord[], held: readonly HeldValue[]): Outside {
  const here = new Set(records.map(({ systemId }) => systemId))
  return held.filter(({ holder }) => !here.has(holder)).map((value) => ({ ...value, systemTag: uniqueViolation(table, value.key) }))
}

/** Where somebody has changed the list since, the page is judged once more, which does no harm. */
async function markOutside(tx: ViolationTransaction, { from, next, outside }: Exclude<Left, string>): Promise<void> {
  await tx.markHolders(outside)
  const [first, ...others] = await tx.unjudged()
  if (first?.wish === from.wish && first.after === from.after) await tx.keep([...next, ...others])
}

const valueOf = ({ key, digest }: { key: string; digest: string }) => `${key} ${digest}`
