/** Tags of an instance: one ordered list of groups that is replaced as a whole. */
import { isDeepStrictEqual } from 'node:util'
import type { Schemas } from '@vitrine/contract/instance'
import { UNDECIDED, type AclDecision } from '../collections/collection.ts'
import { groundCheck, recheckHeld, type GroundPorts } from '../collections/shared-ground.ts'
import { fail } from '../errors.ts'
import { replacedEvents } from '../events/changed.ts'
import type { Caller } from '../people/caller.ts'
import { storedGrants, type GrantPorts } from '../people/stored-grants.ts'
import { tagGroupDocument, type TagGroup, type TagGroupDocument } from './tag.ts'
import { planTags } from './tag-save.ts'
import type { NamingDocument, TagStore, TagTransaction } from './tag-store.ts'
import { tagUses, withoutTags } from './tag-uses.ts'

export interface TagPorts extends GrantPorts, GroundPorts {
  readonly store: TagStore
  /** Told once tags are stored whose groups let a record carry more of them than before, or fewer. */
  readonly onChoicesChanged: () => Promise<void>
}

/** Either the tags as they are stored now, or a question that has to be answered first; then nothing is stored. */
export type TagsSaved = { readonly groups: TagGroupDocument[] } | { readonly question: Schemas['Dialogue'] }

interface TagUsage {
  readonly tag_id: number
  readonly used_in: 'record' | 'record_acl' | 'tag' | NamingDocument['kind']
  readonly id?: number
  readonly count?: number
}

export class TagService {
  readonly #ports: TagPorts

  constructor(ports: TagPorts) {
    this.#ports = ports
  }

  async list(): Promise<TagGroupDocument[]> {
    return (await this.#ports.store.groups()).map(tagGroupDocument)
  }

  /** `removeFromLists` answers the question beforehand: tags that go away are taken out of the lists that name them. */
  async replace(
    caller: Caller,
    documents: readonly TagGroupDocument[],
    { removeFromLists, decision = UNDECIDED }: { readonly removeFromLists: boolean; readonly decision?: AclDecision },
  ): Promise<TagsSaved> {
    const { counters, store } = this.#ports
    const prepared = await this.#prepared(documents)
    const fresh = {
      groups: await counters.draw('tag_group', prepared.length),
      tags: await counters.draw(
        'tag',
        prepared.reduce((sum, group) => sum + (group._tags?.length ?? 0), 0),
      ),
    }
    const check = await groundCheck(this.#ports, caller, decision)
    let choicesChanged = false
    const saved = await store.change(async (transaction): Promise<TagsSaved> => {
      const stored = await transaction.groups()
      const groups = planTags(stored, prepared, fresh)
      const removed = removedBy(stored, groups)
      if (removed.size > 0) {
        const listed = await this.#checkRemoval(transaction, groups, removed)
        if (listed.length > 0 && !removeFromLists) return { question: removalQuestion(removed.size, listed.length) }
        await transaction.rewrite(listed.map((document) => ({ ...document, data: withoutTags(document.data, removed) })))
      }
      const shared = isDeepStrictEqual(listsOf(stored), listsOf(groups)) ? null : await transaction.sharedCollections()
      await transaction.replace(groups)
      choicesChanged = choicesOf(stored) !== choicesOf(groups)
      await transaction.recordEvents(changesOf(stored, groups), caller)
      await recheckHeld(shared, check)
      return { groups: groups.map(tagGroupDocument) }
    })
    if (choicesChanged) await this.#ports.onChoicesChanged()
    return saved
  }

  /** Refuses to remove what is in use; answers the documents whose lists name a tag that goes away. */
  async #checkRemoval(transaction: TagTransaction, groups: readonly TagGroup[], removed: ReadonlySet<number>): Promise<NamingDocument[]> {
    const records = await transaction.recordsWith([...removed])
    const lists = await transaction.recordsGrantingBy([...removed])
    const usages: TagUsage[] = [
      ...[...records].map(([tag, count]) => ({ tag_id: tag, used_in: 'record' as const, count })),
      ...[...lists].map(([tag, count]) => ({ tag_id: tag, used_in: 'record_acl' as const, count })),
    ]
    const documents = await transaction.documents()
    const grants = groups.flatMap((group) => group.tags.map((tag) => ({ kind: 'tag' as const, id: tag.id, data: tag.data._acl })))
    for (const { kind, id, data } of [...documents, ...grants])
      for (const tag of tagUses(data).fixed) if (removed.has(tag)) usages.push({ tag_id: tag, used_in: kind, id })
    if (usages.length > 0) fail('TagsInUse', { usages })
    return documents.filter(({ data }) => [...tagUses(data).listed].some((tag) => removed.has(tag)))
  }

  async #prepared(documents: readonly TagGroupDocument[]): Promise<TagGroupDocument[]> {
    const lists = documents.flatMap((group) => (group._tags ?? []).map((tag) => tag._acl ?? []))
    const grants = await storedGrants('tag', lists, this.#ports)
    return documents.map((group) => ({
      ...group,
      _tags: (group._tags ?? []).map((tag) => {
        const acl = grants.shift() ?? []
        return tag._acl ? { ...tag, _acl: acl } : tag
      }),
    }))
  }
}

const idsOf = (groups: readonly TagGroup[]) => new Set(groups.flatMap((group) => group.tags.map((tag) => tag.id)))

/** Which tags exclude each other. A group of one tag excludes nothing. */
function choicesOf(groups: readonly TagGroup[]): string {
  const sets = groups.filter(({ type, tags }) => type === 'choice' && tags.length > 1).map(({ tags }) => tags.map(({ id }) => id).toSorted(byNumber))
  return JSON.stringify(sets.toSorted((a, b) => byNumber(a[0] ?? 0, b[0] ?? 0)))
}
const byNumber = (a: number, b: number) => a - b
/** Access lists by tag, as far as they give something. */
const listsOf = (groups: readonly TagGroup[]) =>
  new Map(tagsOf(groups).flatMap(({ id, data: { _acl: acl } }) => (acl && acl.length > 0 ? [[id, acl] as const] : [])))
const tagsOf = (groups: readonly TagGroup[]) => groups.flatMap((group) => group.tags)
const changesOf = (before: readonly TagGroup[], after: readonly TagGroup[]) =>
  replacedEvents('TAG', tagsOf(before), tagsOf(after), (a, b) => a.version === b.version)

function removedBy(before: readonly TagGroup[], after: readonly TagGroup[]): ReadonlySet<number> {
  const kept = idsOf(after)
  return new Set([...idsOf(before)].filter((id) => !kept.has(id)))
}

const removalQuestion = (tags: number, documents: number): Schemas['Dialogue'] => ({
  tasks: [
    {
      title: 'Remove tags',
      message: `${tags} removed tags are named in the tag lists of ${documents} pools or object types. Take them out there as well?`,
      buttons: [{ text: 'Cancel' }, { text: 'Remove', name: 'delete_policy', value: 'remove_tags' }],
    },
  ],
})
