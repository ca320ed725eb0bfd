/** Decides what a complete list of tag groups makes of the stored ones. A tag keeps its id by `_id`, else by its reference. */
import { isDeepStrictEqual } from 'node:util'
import { fail } from '../errors.ts'
import type { Tag, TagDocument, TagGroup, TagGroupDocument } from './tag.ts'

/** Enough fresh ids for every document of the list. */
export interface FreshIds {
  readonly groups: readonly number[]
  readonly tags: readonly number[]
}

export function planTags(stored: readonly TagGroup[], documents: readonly TagGroupDocument[], fresh: FreshIds): TagGroup[] {
  const groups = identities(stored, fresh.groups, 'tag group')
  const tags = identities(
    stored.flatMap((group) => group.tags),
    fresh.tags,
    'tag',
  )
  return documents.map(({ taggroup = {}, _tags = [] }): TagGroup => {
    const { _id, reference, type, ...data } = taggroup
    const group: TagGroup = {
      id: groups(_id, reference).id,
      reference: reference || null,
      type: type ?? 'checkbox',
      data,
      tags: _tags.map((document) => saved(document, tags(document._id, document.reference))),
    }
    const defaults = group.tags.filter((tag) => tag.data.is_default && tag.data.enabled)
    if (group.type === 'choice' && defaults.length > 1) refuse(`only one tag of the choice group ${group.id} can be a default`)
    return group
  })
}

interface Identified {
  readonly id: number
  readonly reference: string | null
}

/** Answers which stored thing a document is about, or gives it a fresh id; refuses to answer the same one twice. */
function identities<T extends Identified>(stored: readonly T[], fresh: readonly number[], noun: string) {
  const ids = [...fresh]
  const taken = new Set<number>()
  const references = new Set<string>()
  return (id: number | null | undefined, reference: string | null | undefined): { id: number; before: T | undefined } => {
    const known = id === undefined || id === null ? undefined : stored.find((one) => one.id === id)
    if (id !== undefined && id !== null && !known) refuse(`there is no ${noun} ${id}`)
    const before = known ?? (reference ? stored.find((one) => one.reference === reference) : undefined)
    const identity = before?.id ?? ids.shift() ?? refuse(`there are more than ${fresh.length} of ${noun}`)
    if (taken.has(identity)) refuse(`the ${noun} ${identity} is listed twice`)
    if (reference && references.has(reference)) refuse(`the reference ${reference} is given to two of the list`)
    taken.add(identity)
    if (reference) references.add(reference)
    return { id: identity, before }
  }
}

/** The version counts changes. A client may send the version it read, or the one it expects; any other is a lost race. */
function saved(document: TagDocument, { id, before }: { id: number; before: Tag | undefined }): Tag {
  const { _id, _version, reference: sent, _origin, ...rest } = document
  const reference = sent || null
  const data: Tag['data'] = {
    enabled: true,
    is_default: false,
    sticky: false,
    type: 'individual',
    displaytype: 'facet',
    ...rest,
    _acl: rest._acl ?? before?.data._acl ?? [],
  }
  const stored = before?.version ?? 0
  const next = stored + 1
  if (_version !== undefined && _version !== next && _version !== stored)
    fail('VersionMismatch', {
      currentversion: stored,
      receivedversion: _version,
      expectedversion: next,
      got: _version,
      expected: next,
      object: `tag:${id}`,
    })
  const unchanged = before !== undefined && before.reference === reference && isDeepStrictEqual(before.data, data)
  return { id, version: unchanged && _version !== next ? stored : next, reference, data }
}

const refuse = (msg: string): never => fail('ServerGeneric', { msg })
