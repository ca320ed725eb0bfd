/** What a record carries besides its content: owner, pool, tags, moments. Decides what is kept, defaulted or refused. */
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import type { BaseRefs } from './save-base-refs.ts'
import type { Draft } from './save-draft.ts'
import type { StoredRecord } from './write-store.ts'

export interface EnvelopeOptions {
  readonly caller: Caller
  readonly now: Date
  readonly refs: BaseRefs
  readonly skipConstraints: boolean
}
export type Envelope = Pick<StoredRecord, 'createdAt' | 'modifiedAt' | 'createUser' | 'ownerUser' | 'ownerGroup' | 'poolId' | 'tags'>

export function envelopeOf(draft: Draft, stored: StoredRecord | undefined, options: EnvelopeOptions): Envelope {
  return {
    ...ownerOf(draft, stored, options),
    createUser: createUserOf(draft, stored, options),
    createdAt: createdAtOf(draft, stored, options),
    modifiedAt: modifiedAtOf(draft, stored, options),
    poolId: poolOf(draft, options),
    tags: tagsOf(draft, stored, options),
  }
}

const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })

function ownerOf(draft: Draft, stored: StoredRecord | undefined, { caller, refs }: EnvelopeOptions) {
  const kept = stored ? { ownerUser: stored.ownerUser, ownerGroup: stored.ownerGroup } : { ownerUser: caller.userId, ownerGroup: null }
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
  if (draft.createdAt && !sameSecond(draft.createdAt, stored.createdAt)) refuse(`[${draft.index}]._created`, 'when a record was made does not change')
  return stored.createdAt
}

function modifiedAtOf(draft: Draft, stored: StoredRecord | undefined, { now }: EnvelopeOptions): Date {
  const sent = draft.modifiedAt
  return sent && !(stored && sameSecond(sent, stored.modifiedAt)) ? sent : now
}

function poolOf(draft: Draft, { refs, skipConstraints }: EnvelopeOptions): number | null {
  const { table } = draft.plan
  if (draft.pool) return refs.pool(draft.pool)
  if (table.poolLink && !skipConstraints) fail('ObjecttypeHasPoolManagement', { objecttype: table.name })
  return null
}

function tagsOf(draft: Draft, stored: StoredRecord | undefined, options: EnvelopeOptions): readonly number[] {
  if (!draft.plan.table.hasTags) return stored?.tags ?? []
  const { refs } = options
  const defaults = [...refs.tagsById.values()].filter(({ isDefault }) => isDefault)
  const sent = draft.tags ? [...new Set(draft.tags.map((ref) => refs.tag(ref)))] : null
  if (!draft.mask.system.tags.editable) {
    const kept = stored ? stored.tags : defaults.map(({ id }) => id)
    if (sent && (sent.length !== kept.length || sent.some((id) => !kept.includes(id))))
      refuse(`[${draft.index}]._tags`, 'the mask does not let tags be written')
    return kept
  }
  const tags = tagList(sent, stored, defaults)
  if (!options.skipConstraints) requireSingleChoices(tags, refs)
  return tags
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
