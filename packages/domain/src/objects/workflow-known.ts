/**
 * What rules put on records is looked up like what a request puts there. A rule may name somebody who has been removed since it
 * was saved, and tags and people may go while a request is under way: then the record keeps what it had.
 */
import type { WorkflowCase, WorkflowState } from '../workflow/workflow.ts'
import { together } from './together.ts'
import type { RecordTransaction } from './write-store.ts'

type After = readonly (WorkflowState | null)[]
type Owner = Pick<WorkflowState, 'ownerUser' | 'ownerGroup'>

/** `after` without tags and owners that do not exist. What rules have added stays until the transaction ends. */
export async function withKnown(tx: RecordTransaction, cases: readonly WorkflowCase[], after: After): Promise<After> {
  const added = after.flatMap((state, i) => (state ? addedTo(cases[i]?.after ?? null, state) : []))
  const tagIds = distinct(added.flatMap(({ tags }) => tags))
  const users = distinct(added.flatMap(({ ownerUser }) => ownerUser ?? []))
  const groups = distinct(added.flatMap(({ ownerGroup }) => ownerGroup ?? []))
  const [tagRows, userRows, groupRows] = await together([
    tagIds.length > 0 ? tx.tags(byId(tagIds)) : [],
    users.length > 0 ? tx.users(byId(users)) : [],
    groups.length > 0 ? tx.groups(byId(groups)) : [],
  ])
  const gone = {
    tags: without(tagIds, tagRows),
    users: without(users, userRows),
    // A system group owns no records.
    groups: without(
      groups,
      groupRows.filter(({ isSystem }) => !isSystem),
    ),
  }
  if (gone.tags.size + gone.users.size + gone.groups.size === 0) return after
  return after.map((state, i) => state && { ...state, tags: state.tags.filter((id) => !gone.tags.has(id)), ...ownerOf(cases[i], state, gone) })
}

/** What the rules have added to what was asked for. */
function addedTo(sent: WorkflowState | null, { tags, ownerUser, ownerGroup }: WorkflowState): (Owner & { readonly tags: readonly number[] })[] {
  const fresh = tags.filter((id) => !sent?.tags.includes(id))
  const isOther = ownerUser !== sent?.ownerUser || ownerGroup !== sent.ownerGroup
  return [{ tags: fresh, ownerUser: isOther ? ownerUser : null, ownerGroup: isOther ? ownerGroup : null }]
}

interface Gone {
  readonly users: ReadonlySet<number>
  readonly groups: ReadonlySet<number>
}

function ownerOf(change: WorkflowCase | undefined, { ownerUser, ownerGroup }: WorkflowState, { users, groups }: Gone): Partial<Owner> {
  const isGone = (ownerUser !== null && users.has(ownerUser)) || (ownerGroup !== null && groups.has(ownerGroup))
  return isGone && change?.after ? { ownerUser: change.after.ownerUser, ownerGroup: change.after.ownerGroup } : {}
}

const distinct = (ids: readonly number[]) => [...new Set(ids)].toSorted((a, b) => a - b)
const byId = (ids: readonly number[]) => ({ ids, references: [] })
const without = (ids: readonly number[], rows: readonly { readonly id: number }[]) => {
  const found = new Set(rows.map(({ id }) => id))
  return new Set(ids.filter((id) => !found.has(id)))
}
