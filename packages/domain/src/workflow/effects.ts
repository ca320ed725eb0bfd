/** What acting rules do: to the record before it is stored, and afterwards. */
import type { Principal } from '../people/principals.ts'
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

/** Whoever owns the record stays its owner; so does everybody where the pool has no contact. */
function ownerOf({ owner }: Extract<RuleAction, { type: 'change_owner' }>, state: WorkflowState, place: Place) {
  const [named] = inRoles([owner], state, place)
  if (named?.user?._id !== undefined) return { ownerUser: named.user._id, ownerGroup: null }
  if (named?.group?._id !== undefined) return { ownerUser: null, ownerGroup: named.group._id }
  return { ownerUser: state.ownerUser, ownerGroup: state.ownerGroup }
}

/** Users and groups only: whoever stands for a role is put in its place, if there is anybody. */
function inRoles(people: readonly Principal[], { ownerUser, ownerGroup }: WorkflowState, { contact }: Place): Principal[] {
  const owner: Principal[] = ownerUser !== null ? [{ user: { _id: ownerUser } }] : ownerGroup !== null ? [{ group: { _id: ownerGroup } }] : []
  return people.flatMap((one) => (one._owner ? owner : one._pool_contact ? (contact ? [contact] : []) : [one]))
}

/** `state` is that of the record which the messages are about. */
export const followUpsOf = (rules: readonly Rule[], record: number, state: WorkflowState, place: Place): FollowUp[] =>
  rules.flatMap(({ id, actions }) =>
    actions.flatMap((action, n): FollowUp[] => {
      if (action.type !== 'email' && action.type !== 'webhook') return []
      const recipients = action.info['recipients'] as readonly Principal[] | null | undefined
      const info = action.type === 'email' && recipients ? { ...action.info, recipients: inRoles(recipients, state, place) } : action.info
      return [{ kind: action.type, record, ruleId: id, action: n, info }]
    }),
  )
