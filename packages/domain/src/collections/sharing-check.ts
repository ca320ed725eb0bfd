/**
 * Whether the owner of a collection may pass on what its access list gives: each right has to be the owner's own, with leave to
 * grant it, on every record that the list reaches.
 *
 * The lists in question count for nothing while they are judged, or two of them could be each other's ground. What passes
 * becomes ground for the rest, so that a chain of people who share with each other holds as long as its beginning does.
 */
import type { AccessSource, Rights } from '../access/access.ts'
import { CallerRights } from '../access/caller-rights.ts'
import { recordGrants, satisfies, type AccessGrant, type AccessPresets } from '../access/grants.ts'
import { narrowed } from '../access/rights.ts'
import { compileRules, openedTo, type StoredRules } from '../access/rules.ts'
import type { Model } from '../datamodel/model.ts'
import { CATALOGUE } from '../people/rights-catalogue.ts'
import type { Collection } from './collection.ts'
import type { Owner, Place, Reach, ReachedPlace, SharingSource } from './sharing-store.ts'

/** Why a list cannot stand. */
export interface Uncovered {
  readonly list: Collection
  readonly right: string
  readonly systemId: number
  /** All places where a record stands in its way; only the first where nobody asked for all of them. */
  readonly places: readonly { readonly id: number; readonly systemId: number }[]
}

export interface SharingWork {
  readonly source: SharingSource
  readonly access: AccessSource
  readonly model: Model
  readonly now: Date
  /** Fires when the check has taken too long for somebody who waits. */
  readonly signal?: AbortSignal | undefined
}

/** The check has not come to an end. */
export class SharingUndecided extends Error {
  constructor() {
    super('the check of shared collections takes too long')
  }
}

const GRANTABLE = new Set(CATALOGUE.object.filter((right) => right.has_grantable).map(({ name }) => name))
/** Whoever owns a record may share it, and so may pass these on. */
const OWNERS = new Set(['read', 'write', 'delete'])
const BATCH = 1000
/** Of one list; more than a request can change records. */
const MOST_PLACES = 100_000

/** Those among the lists that cannot stand, with the first reason. With `only`, judged by these records alone, and all places told. */
export async function uncoveredLists(lists: readonly Collection[], only: readonly number[] | null, work: SharingWork): Promise<Uncovered[]> {
  if (lists.length === 0) return []
  const [rules, owners, reach] = await Promise.all([
    work.source.rules(),
    work.source.owners([...new Set(lists.map(({ ownerUser }) => ownerUser))]),
    work.source.reach(lists.map(({ id }) => id)),
  ])
  const byOwner = new Map(owners.map((owner) => [owner.userId, owner]))
  let pending = lists.filter(({ ownerUser }) => byOwner.get(ownerUser)?.root !== true)
  for (;;) {
    const round = new Round(rules, pending, byOwner, reach, work)
    const failed = await round.run(only)
    if (failed.length === 0 || failed.length === pending.length) return failed
    pending = failed.map(({ list }) => list)
  }
}

type ReachedRecord = ReachedPlace & { readonly subject: NonNullable<ReachedPlace['subject']> }

/** One pass over all records that the pending lists reach, a batch at a time. */
class Round {
  readonly #pending: ReadonlyMap<number, { readonly list: Collection; readonly grants: readonly AccessGrant[] }>
  readonly #over = new Map<number, Reach[]>()
  readonly #owners = new Map<number, CallerRights>()
  readonly #failed = new Map<number, Uncovered & { readonly places: { id: number; systemId: number }[] }>()
  readonly #work: SharingWork

  constructor(rules: StoredRules, pending: readonly Collection[], owners: ReadonlyMap<number, Owner>, reach: readonly Reach[], work: SharingWork) {
    const now = work.now.getTime()
    const judged = new Set(pending.map(({ id }) => id))
    const book = compileRules({ ...rules, collections: rules.collections.map((one) => (judged.has(one.id) ? { ...one, invalid: true } : one)) }, now)
    this.#work = work
    this.#pending = new Map(pending.map((list) => [list.id, { list, grants: givenBy(list, book.presets, now) }]))
    for (const one of reach) if (this.#pending.get(one.list)?.grants.length) this.#over.set(one.id, [...(this.#over.get(one.id) ?? []), one])
    for (const { ownerUser } of pending) {
      // An owner who does not exist any more has no rights, and so passes nothing on.
      const owner = owners.get(ownerUser) ?? { userId: ownerUser, groupIds: [] }
      if (!this.#owners.has(ownerUser)) this.#owners.set(ownerUser, new CallerRights(openedTo(book, owner), work.model, owner, () => now))
    }
  }

  async run(only: readonly number[] | null): Promise<Uncovered[]> {
    let after: Place | null = null
    for (;;) {
      const open = [...this.#over].filter(([, lists]) => only !== null || lists.some(({ list }) => !this.#failed.has(list))).map(([id]) => id)
      const batch: ReachedPlace[] = open.length === 0 ? [] : await this.#work.source.records(open, after, BATCH, only)
      if (this.#work.signal?.aborted) throw new SharingUndecided()
      await this.#judge(batch)
      after = batch.at(-1) ?? null
      if (batch.length < BATCH) return [...this.#failed.values()]
    }
  }

  async #judge(batch: readonly ReachedPlace[]): Promise<void> {
    const live = batch.flatMap(({ subject, ...place }) => (subject ? [{ ...place, subject }] : []))
    const perOwner = new Map<number, { readonly record: ReachedRecord; readonly reach: Reach }[]>()
    for (const record of live)
      for (const reach of this.#over.get(record.collectionId) ?? []) {
        const owner = this.#pending.get(reach.list)?.list.ownerUser
        if (owner !== undefined) perOwner.set(owner, [...(perOwner.get(owner) ?? []), { record, reach }])
      }
    for (const [owner, reached] of perOwner) {
      const subjects = [...new Map(reached.map(({ record }) => [record.subject.systemId, record.subject])).values()]
      const held = (await this.#owners.get(owner)?.rightsOn(this.#work.access, subjects)) ?? []
      const bySystemId = new Map(subjects.map(({ systemId }, i) => [systemId, held[i] ?? {}]))
      for (const { record, reach } of reached) this.#compare(record, reach, bySystemId.get(record.subject.systemId) ?? {})
    }
  }

  #compare({ subject, collectionId }: ReachedRecord, { list: id, onlySticky }: Reach, held: Rights): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    for (const { rights, sticky, tags } of pending.grants) {
      if ((onlySticky && !sticky) || !satisfies(subject.tags, tags)) continue
      const right = beyond(narrowed(rights, subject.tableId), held)
      if (right === undefined) continue
      const { systemId } = subject
      const failed = this.#failed.get(id) ?? { list: pending.list, right, systemId, places: [] }
      if (failed.places.length < MOST_PLACES) failed.places.push({ id: collectionId, systemId })
      this.#failed.set(id, failed)
      return
    }
  }
}

/** Entries that give something on records now or will some day. */
const givenBy = ({ acl }: Collection, presets: AccessPresets, now: number): readonly AccessGrant[] =>
  recordGrants('collection', acl, presets).filter(({ rights, until }) => until > now && Object.keys(rights).some((name) => GRANTABLE.has(name)))

/** The first right that is given without leave to do so. */
export function beyond(given: Rights, held: Rights): string | undefined {
  return Object.keys(given).find((name) => {
    if (!GRANTABLE.has(name) || (OWNERS.has(name) && held['owner'])) return false
    const own = held[name]
    return own?.['_grantable'] !== true || !['versions', 'column_ids'].every((limit) => covers(own[limit], given[name]?.[limit]))
  })
}

/** An empty list, or none, is no limit. */
function covers(own: unknown, given: unknown): boolean {
  if (!Array.isArray(own) || own.length === 0) return true
  return Array.isArray(given) && given.length > 0 && given.every((item) => own.includes(item))
}
