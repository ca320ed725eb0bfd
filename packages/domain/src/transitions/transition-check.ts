/**
 * What a workflow rule has to be before it is stored. Webhooks and plugins are set up in parts of the server that come later:
 * until one can be, a rule that names one names nothing.
 */
import { fail } from '../errors.ts'
import type { Principal } from '../people/principals.ts'
import type { TransitionDocument } from './transition-store.ts'

type Action = NonNullable<TransitionDocument['actions']>[number]
type Filter = NonNullable<TransitionDocument['tagfilter:before']>

export interface CheckContext {
  readonly tagIds: ReadonlySet<number>
}

export function checkTransition(rule: TransitionDocument, context: CheckContext): void {
  for (const filter of [rule['tagfilter:before'], rule['tagfilter:after']]) if (filter) checkFilter(filter, context)
  for (const action of rule.actions ?? []) checkAction(action, context)
}

/** The principal that an action makes the owner; undefined for every other action. */
export const ownerOf = ({ type, info }: Action): Principal | undefined => (type === 'change_owner' ? (info['owner'] as Principal) : undefined)

function checkFilter(filter: Filter, context: CheckContext): void {
  // A tag that is asked for and excluded at once can never be matched; only the slot for changes looks at something else.
  const states = [filter.all, filter.any, filter.not].flatMap((slot) => slot ?? [])
  const lists = [states, filter.changed ?? []]
  for (const tags of lists) checkTags(tags, context)
}

function checkTags(tags: readonly number[], { tagIds }: CheckContext): void {
  const seen = new Set<number>()
  for (const tag of tags) {
    if (!tagIds.has(tag)) refuse(`there is no tag ${tag}`)
    if (seen.has(tag)) refuse(`the tag ${tag} is listed twice`)
    seen.add(tag)
  }
}

function checkAction({ type, info }: Action, context: CheckContext): void {
  if (type === 'set_tags') return checkTags(tagsOf(info), context)
  if (type === 'change_owner')
    return isObject(info['owner']) && Object.keys(info['owner']).length > 0 ? undefined : fail('ChangeOwnerNotSelected', {})
  if (type === 'webhook')
    return typeof info['name'] === 'string' && info['name'] !== '' ? fail('WebhookUnknown', { name: info['name'] }) : fail('WebhookNotSelected', {})
  if (type !== 'email') refuse(`there is no action ${type}`)
}

function tagsOf(info: Action['info']): number[] {
  const tags = info['tags']
  if (!Array.isArray(tags)) return refuse('set_tags needs a list of tags')
  return tags.map((tag: unknown) => (isObject(tag) && typeof tag['_id'] === 'number' ? tag['_id'] : refuse('every tag of set_tags needs an _id')))
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const refuse = (msg: string): never => fail('ServerGeneric', { msg })
