/** What acting rules do: to the record before it is stored, and afterwards. */
import type { PlaceTags } from '../tags/place-tags.ts'
import type { Place } from '../places/places.ts'
import type { Rule, RuleAction } from './rule.ts'
import type { FollowUp, WorkflowState } from './workflow.ts'

/** The state after the rules' actions, in their order. */
export function applied(rules: readonly Rule[], state: WorkflowState, place: Place, hasTags: boolean): WorkflowState {
  return rules
    .flatMap(({ actions }) => actions)
    .reduce((current, action) => {
      if (action.type === 'set_tags') return hasTags ? { ...current, tags: withTags(current.tags, action.tags, place.tags) } : current
      return action.type === 'change_owner' ? { ...current, ...ownerOf(action, current, place) } : current
    }, state)
}

type TagChanges = Extract<RuleAction, { type: 'set_tags' }>['tags']

function withTags(tags: readonly number[], changes: TagChanges, known: PlaceTags): readonly number[] {
  return changes.reduce((current, { _id, set }) => {
    const others = current.filter((id) => id !== _id)
    if (!set) return others.length === current.length ? current : others
    if (others.length < current.length) return current
    const group = known.get(_id)?.group
    return [...(group?.choice ? others.filter((id) => known.get(id)?.group.id !== group.id) : others), _id]
  }, tags)
}

function ownerOf({ owner }: Extract<RuleAction, { type: 'change_owner' }>, state: WorkflowState, place: Place) {
  // Whoever owns the record stays its owner; so does everybody where the pool has no contact.
  const named = owner._pool_contact ? place.contact : owner
  if (named?.user?._id !== undefined) return { ownerUser: named.user._id, ownerGroup: null }
  if (named?.group?._id !== undefined) return { ownerUser: null, ownerGroup: named.group._id }
  return { ownerUser: state.ownerUser, ownerGroup: state.ownerGroup }
}

export const followUpsOf = (rules: readonly Rule[], record: number): FollowUp[] =>
  rules.flatMap(({ id, actions }) =>
    actions.flatMap((action) => ('info' in action ? [{ kind: action.type, record, ruleId: id, info: action.info }] : [])),
  )
