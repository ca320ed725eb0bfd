/** What a record carries besides its content: owner, pool, tags, moments. Decides what is kept, defaulted or refused. */
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import type { BaseRefs } from './save-base-refs.ts'
import type { Places } from '../places/places.ts'
import { defaultsOf, type PlaceTags } from '../tags/place-tags.ts'
import type { Problems } from './problems.ts'
import type { Draft } from './save-draft.ts'
import type { TagMode } from './save-group.ts'
import { under } from './where.ts'
import type { StoredRecord } from './write-store.ts'

export interface EnvelopeOptions {
  readonly caller: Caller
  readonly now: Date
  readonly refs: BaseRefs
  readonly places: Places
  readonly skipConstraints: boolean
  readonly problems: Problems
  /** Pool of the record around it, for one that stands inside another. */
  readonly pool: number | null
}
export type Envelope = Pick<StoredRecord, 'createdAt' | 'modifiedAt' | 'createUser' | 'ownerUser' | 'ownerGroup' | 'poolId' | 'tags'>

export function envelopeOf(draft: Draft, stored: StoredRecord | undefined, options: EnvelopeOptions): Envelope {
  const { at } = draft
  const attempt = <T>(where: string, kept: T, work: () => T): T => options.problems.attempt(where, work) ?? kept
  const poolId = attempt(under(draft.where, '_pool'), stored?.poolId ?? null, () => poolOf(draft, stored, options))
  const owner = { ownerUser: stored?.ownerUser ?? null, ownerGroup: stored?.ownerGroup ?? null }
  return {
    ...attempt(draft.owner?.where ?? at, owner, () => ownerOf(draft, stored, options)),
    createUser: attempt(draft.createUser?.where ?? at, stored?.createUser ?? null, () => createUserOf(draft, stored, options)),
    createdAt: attempt(under(at, '_created'), options.now, () => createdAtOf(draft, stored, options)),
    modifiedAt: modifiedAtOf(draft, stored, options),
    poolId,
    tags: attempt(under(at, '_tags'), stored?.tags ?? [], () => tagsOf(draft, stored, poolId, options)),
  }
}

const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })

function ownerOf(draft: Draft, stored: StoredRecord | undefined, { caller, refs }: EnvelopeOptions) {
  const made = { ownerUser: (draft.mask.system.owner.inEditor === false ? refs.rootId : null) ?? caller.userId, ownerGroup: null }
  const kept = stored ? { ownerUser: stored.ownerUser, ownerGroup: stored.ownerGroup } : made
  // Somebody who has been deleted since can be sent back, but not be named anew.
  if (!draft.owner || draft.owner.id === (draft.owner.kind === 'user' ? kept.ownerUser : kept.ownerGroup)) return kept
  const sent = refs.owner(draft.owner)
  const changes = sent.ownerUser !== kept.ownerUser || sent.ownerGroup !== kept.ownerGroup
  if (changes && !draft.mask.system.owner.editable) refuse(draft.owner.where, 'the mask does not let the owner be written')
  return sent
}

function createUserOf(draft: Draft, stored: StoredRecord | undefined, { caller, refs }: EnvelopeOptions): number | null {
  const kept = stored ? stored.createUser : caller.userId
  if (!draft.createUser || draft.createUser.id === kept) return kept
  const { ownerUser: sent } = refs.owner(draft.createUser)
  if (stored && sent !== kept) refuse(draft.createUser.where, 'who made a record does not change')
  if (sent !== caller.userId && sent !== kept && !caller.root) fail('SystemRightRequired', { rights: 'system.root' })
  return sent
}

/** Answers tell moments in seconds, so a client that sends back what it has read means the stored one. */
const sameSecond = (a: Date, b: Date) => Math.floor(a.getTime() / 1000) === Math.floor(b.getTime() / 1000)

function createdAtOf(draft: Draft, stored: StoredRecord | undefined, { now }: EnvelopeOptions): Date {
  if (!stored) return draft.createdAt ?? now
  if (draft.createdAt && !sameSecond(draft.createdAt, stored.createdAt)) refuse(under(draft.at, '_created'), 'when a record was made does not change')
  return stored.createdAt
}

function modifiedAtOf(draft: Draft, stored: StoredRecord | undefined, { now }: EnvelopeOptions): Date {
  const sent = draft.modifiedAt
  return sent && !(stored && sameSecond(sent, stored.modifiedAt)) ? sent : now
}

function poolOf(draft: Draft, stored: StoredRecord | undefined, { refs, skipConstraints, pool }: EnvelopeOptions): number | null {
  const { table } = draft.plan
  if (draft.pool) return refs.pool(draft.pool)
  if (!table.poolLink) return null
  // A record inside another one need not repeat where both are, and a merged change says only what changes.
  const kept = draft.mode === 'merge' || pool !== null ? (stored?.poolId ?? pool) : null
  if (kept === null && !skipConstraints) fail('ObjecttypeHasPoolManagement', { objecttype: table.name })
  return kept
}

function tagsOf(draft: Draft, stored: StoredRecord | undefined, poolId: number | null, options: EnvelopeOptions): readonly number[] {
  const { table } = draft.plan
  if (!table.hasTags) return stored?.tags ?? []
  const { refs, places } = options
  const known = places.of(table, poolId).tags
  const inPlace = stored ? [] : defaultsOf(known)
  const defaults = inPlace.map(({ tag: { id }, displaytype }) => ({ id, hidden: displaytype === 'hidden' }))
  const sent = draft.tags ? [...new Set(draft.tags.map((ref) => refs.tag(ref)))] : null
  const wanted = stored && draft.group ? editedTags(draft.group.tags, sent, stored.tags, known) : sent
  if (!draft.mask.system.tags.editable) {
    const kept = stored ? stored.tags : defaults.map(({ id }) => id)
    if (wanted && (wanted.length !== kept.length || wanted.some((id) => !kept.includes(id))))
      refuse(under(draft.at, '_tags'), 'the mask does not let tags be written')
    return kept
  }
  const tags = tagList(wanted, stored, defaults)
  if (!options.skipConstraints) requireSingleChoices(tags, refs)
  return tags
}

/** What a merged change makes of the stored tags; null leaves them. */
function editedTags(mode: TagMode, sent: readonly number[] | null, stored: readonly number[], known: PlaceTags): number[] | null {
  if (mode === 'tag_remove_all') return []
  if (sent === null) return null
  if (mode === 'tag_replace') return [...sent]
  if (mode === 'tag_remove') return stored.filter((id) => !sent.includes(id))
  const groupOf = (id: number) => known.get(id)?.group
  const displaced = new Set(sent.flatMap((id) => (groupOf(id)?.choice ? [groupOf(id)?.id] : [])))
  return [...stored.filter((id) => !sent.includes(id) && !displaced.has(groupOf(id)?.id)), ...sent]
}

function tagList(sent: readonly number[] | null, stored: StoredRecord | undefined, defaults: readonly { id: number; hidden: boolean }[]): number[] {
  if (stored) return sent ? [...sent] : []
  if (!sent) return defaults.map(({ id }) => id)
  // Defaults that people cannot see cannot have been left out on purpose.
  const hidden = defaults.filter((tag) => tag.hidden && !sent.includes(tag.id))
  return [...sent, ...hidden.map(({ id }) => id)]
}

function requireSingleChoices(tags: readonly number[], { tagsById }: BaseRefs): void {
  const chosen = new Set<number>()
  for (const id of tags) {
    const group = tagsById.get(id)?.group
    if (!group?.choice) continue
    if (chosen.has(group.id)) fail('MultipleChoicesInTaggroup', { taggroup: group.name })
    chosen.add(group.id)
  }
}
