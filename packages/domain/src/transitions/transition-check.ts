/**
 * What a workflow rule has to be before it is stored. Plugins are set up in a part of the server that comes later: until one can
 * be, a rule that names one names nothing.
 */
import { fail } from '../errors.ts'
import type { Principal } from '../people/principals.ts'
import type { RuleTargets, TransitionDocument } from './transition-store.ts'

type Action = NonNullable<TransitionDocument['actions']>[number]
type Filter = NonNullable<TransitionDocument['tagfilter:before']>

/** The only moment at which a webhook can be called so far. */
const AFTER_COMMIT = 'after_commit_async'

/** What the rule alone can get wrong; afterwards `peopleOf` may look into it. */
export function checkActions({ actions }: TransitionDocument): void {
  for (const { type, info } of actions ?? []) {
    if (type === 'set_tags') tagsOf(info)
    else if (type === 'change_owner') checkOwner(info['owner'])
    else if (type === 'webhook') checkCallback(info)
    else if (type === 'email') checkEmail(info)
    else refuse(`there is no action ${type}`)
  }
}

/** What a rule names has to be there. */
export function checkTargets(rule: TransitionDocument, targets: RuleTargets): void {
  for (const filter of [rule['tagfilter:before'], rule['tagfilter:after']]) if (filter) checkFilter(filter, targets)
  for (const action of rule.actions ?? []) {
    if (action.type === 'set_tags') checkTags(tagsOf(action.info), targets)
    const { name } = action.info
    if (action.type === 'webhook' && !targets.webhooks.has(name as string)) fail('WebhookUnknown', { name: String(name) })
    const group = action.type === 'change_owner' && peopleOf(action)[0]?.group?._id
    if (group && targets.systemGroups.has(group)) refuse('a system group cannot own records')
  }
}

/** The people that an action names: the new owner, or those who get an e-mail. */
export function peopleOf({ type, info }: Action): readonly Principal[] {
  if (type === 'change_owner') return [info['owner'] as Principal]
  return type === 'email' ? ((info['recipients'] ?? []) as Principal[]) : []
}

export function withPeople({ type, info }: Action, people: readonly Principal[]): Action {
  if (type === 'change_owner') return { type, info: { ...info, owner: people[0] } }
  return type === 'email' && info['recipients'] ? { type, info: { ...info, recipients: people } } : { type, info }
}

function checkFilter(filter: Filter, targets: RuleTargets): void {
  // A tag that is asked for and excluded at once can never be matched; only the slot for changes looks at something else.
  const states = [filter.all, filter.any, filter.not].flatMap((slot) => slot ?? [])
  for (const tags of [states, filter.changed ?? []]) checkTags(tags, targets)
}

export function checkTags(tags: readonly number[], { tagIds }: Pick<RuleTargets, 'tagIds'>): void {
  const seen = new Set<number>()
  for (const tag of tags) {
    if (!tagIds.has(tag)) refuse(`there is no tag ${tag}`)
    if (seen.has(tag)) refuse(`the tag ${tag} is listed twice`)
    seen.add(tag)
  }
}

function tagsOf(info: Action['info']): number[] {
  const tags = info['tags']
  if (!Array.isArray(tags)) return refuse('set_tags needs a list of tags')
  return tags.map((tag: unknown) => {
    if (!isObject(tag) || !Number.isSafeInteger(tag['_id'])) return refuse('every tag of set_tags needs an _id')
    if (!['boolean', 'undefined'].includes(typeof tag['set'])) refuse('set is true or false')
    return tag['_id'] as number
  })
}

function checkOwner(owner: unknown): void {
  if (!isObject(owner) || Object.keys(owner).length === 0) fail('ChangeOwnerNotSelected', {})
  if (!isPrincipal(owner)) refuse('the owner is a user, a group or somebody in a role')
}

function checkCallback({ name, callback }: Action['info']): void {
  if (typeof name !== 'string' || name === '') fail('WebhookNotSelected', {})
  if (callback !== undefined && callback !== null && callback !== '' && callback !== AFTER_COMMIT)
    fail('WebhookCallbackUnknown', { callback: typeof callback === 'string' ? callback : JSON.stringify(callback) })
}

function checkEmail({ subject, message, recipients, batchable }: Action['info']): void {
  for (const text of [subject, message])
    if (!isAbsent(text) && typeof text !== 'string' && !isTexts(text)) refuse('subject and message are a text, or one for each language')
  if (!isAbsent(recipients) && !(Array.isArray(recipients) && recipients.every(isPrincipal))) refuse('recipients are users, groups or roles')
  if (!isAbsent(batchable) && typeof batchable !== 'boolean') refuse('batchable is true or false')
}

/** As the contract has it; the settings of actions are not judged by the document. */
function isPrincipal(value: unknown): value is Principal {
  if (!isObject(value)) return false
  const { user, group } = value
  if (user === undefined && group === undefined) return value['_owner'] === true || value['_pool_contact'] === true
  return [user, group].every((block) => block === undefined || isBlock(block))
}

function isBlock(block: unknown): boolean {
  if (!isObject(block)) return false
  const lookup = block['lookup:_id']
  return lookup === undefined ? Number.isSafeInteger(block['_id']) : isObject(lookup) && typeof lookup['reference'] === 'string'
}

const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null
const isTexts = (value: unknown) => isObject(value) && Object.values(value).every((text) => typeof text === 'string')
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const refuse = (msg: string): never => fail('ServerGeneric', { msg })
