/** A workflow rule made ready for use, once per revision of the settings. */
import { createHash } from 'node:crypto'
import type { LocalizedText } from './localized.ts'
import type { Principal } from '../people/principals.ts'
import { conditionOf, type TagCondition } from '../tags/tag-condition.ts'
import type { TransitionDocument } from '../transitions/transition-store.ts'
import type { WorkflowOperation } from './workflow.ts'

export type RuleAction =
  | { readonly type: 'set_tags'; readonly tags: readonly { readonly _id: number; readonly set: boolean }[] }
  | { readonly type: 'change_owner'; readonly owner: Principal }
  | { readonly type: 'email' | 'webhook'; readonly info: Readonly<Record<string, unknown>> }
  /** Nobody here can carry it out. The rules around it go on; a change that it would be about is refused. */
  | { readonly type: 'unknown'; readonly name: string }

export interface Rule {
  /** 0 for a rule that was stored before rules of pools and object types had ids. */
  readonly id: number
  readonly type: TransitionDocument['type']
  readonly operations: ReadonlySet<WorkflowOperation>
  readonly who: readonly Principal[]
  readonly whoNot: boolean
  /** Null for all. */
  readonly tables: ReadonlySet<number> | null
  readonly before: TagCondition
  readonly after: TagCondition
  /** Lists of which one tag each has to be added or removed. */
  readonly changed: readonly (readonly number[])[]
  readonly confirm: LocalizedText
  readonly actions: readonly RuleAction[]
  readonly sticky: boolean
  /** Different for rules that say something different. */
  readonly digest: string
}

/** None for a rule that is switched off. */
export function ruleOf(document: TransitionDocument): Rule[] {
  const operations = new Set(document.operations ?? [])
  if (operations.size === 0) return []
  const [before, after] = [document['tagfilter:before'], document['tagfilter:after']]
  return [
    {
      id: document._id ?? 0,
      type: document.type,
      operations,
      who: document.who ?? [],
      whoNot: document.who_not ?? false,
      tables: document.objecttype_ids?.length ? new Set(document.objecttype_ids) : null,
      before: conditionOf(before),
      after: conditionOf(after),
      changed: [before?.changed, after?.changed].filter((tags) => tags !== undefined && tags !== null).filter(({ length }) => length > 0),
      confirm: document.confirm ?? {},
      actions: (document.actions ?? []).map(actionOf),
      sticky: document.sticky ?? false,
      digest: createHash('sha256').update(JSON.stringify(document)).digest('base64url'),
    },
  ]
}

function actionOf({ type, info }: NonNullable<TransitionDocument['actions']>[number]): RuleAction {
  if (type === 'set_tags') {
    const tags = info['tags'] as readonly { readonly _id: number; readonly set?: boolean }[]
    return { type, tags: tags.map(({ _id, set = true }) => ({ _id, set })) }
  }
  if (type === 'change_owner') return { type, owner: info['owner'] as Principal }
  if (type === 'email' || type === 'webhook') return { type, info }
  return { type: 'unknown', name: type }
}
