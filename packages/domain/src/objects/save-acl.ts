/**
 * The access list that a record shall have. Nothing sent keeps the stored one, an empty list takes it away. A merged change may
 * also add entries or take some of them out.
 */
import { fail } from '../errors.ts'
import type { Grant } from '../people/stored-grants.ts'
import type { Draft } from './save-draft.ts'
import { canonicalJson } from './values/plain-json.ts'
import { under } from './where.ts'
import type { StoredRecord } from './write-store.ts'

export function aclOf(draft: Draft, stored: StoredRecord | undefined): Pick<StoredRecord, 'acl' | 'privateAcl'> {
  const kept = { acl: stored?.acl ?? null, privateAcl: stored?.privateAcl ?? false }
  const acl = listOf(draft, kept.acl)
  const privateAcl = draft.privateAcl ?? kept.privateAcl
  if (!draft.mask.system.acl.editable && (privateAcl !== kept.privateAcl || !sameAcl(acl, kept.acl)))
    fail('SchemaInconsistent', { msg: `${under(draft.at, '_acl')}: the mask does not let the access list be written` })
  return { acl, privateAcl }
}

/** Lists are the same whatever order their entries and keys are in. */
export const sameAcl = (one: readonly Grant[] | null, other: readonly Grant[] | null): boolean =>
  canonicalJson(one ?? []) === canonicalJson(other ?? [])

function listOf({ acl: sent, group, plan }: Draft, kept: readonly Grant[] | null): readonly Grant[] | null {
  if (!plan.table.aclTable) return kept
  const list = editedList(sent, group?.acl ?? 'acl_replace', kept ?? [])
  return list.length === 0 ? null : list
}

function editedList(sent: readonly Grant[] | null, mode: string, kept: readonly Grant[]): readonly Grant[] {
  if (mode === 'acl_remove_all') return []
  if (sent === null) return kept
  if (mode === 'acl_add') return [...kept, ...sent]
  if (mode === 'acl_remove') return sent.reduce(without, kept)
  return sent
}

/** Without a principal the entry means everybody, without rights all of them. */
function without(list: readonly Grant[], { who, rights }: Partial<Grant>): readonly Grant[] {
  return list.flatMap((grant) => {
    if (who && canonicalJson(who) !== canonicalJson(grant.who)) return [grant]
    const names = Object.keys(rights ?? {})
    const left = names.length === 0 ? [] : Object.entries(grant.rights).filter(([name]) => !names.includes(name))
    return left.length === 0 ? [] : [{ ...grant, rights: Object.fromEntries(left) }]
  })
}
