/** Tags and workflow rules of a pool or an object type on their way into storage. */
import { isDeepStrictEqual } from 'node:util'
import { fail } from '../errors.ts'
import type { TagDocument } from '../tags/tag.ts'
import { checkTags } from '../transitions/transition-check.ts'
import { storedRules } from '../transitions/prepared-rules.ts'
import type { RuleTargets } from '../transitions/transition-store.ts'
import type { PlaceSettings } from './place-facts.ts'

export interface PlaceContext {
  readonly targets: RuleTargets
  readonly takeId: () => number
}

/** The settings with both lists as they are stored. Lists that stay what they were are not judged again. */
export function storedPlace<S extends PlaceSettings>(after: S, before: PlaceSettings | undefined, context: PlaceContext): S {
  const { _tags: tags, _transitions: rules } = after
  return {
    ...after,
    ...(tags && tags !== before?._tags && { _tags: storedTags(tags, before?._tags ?? [], context.targets) }),
    ...(rules && rules !== before?._transitions && { _transitions: storedRules(rules, before?._transitions ?? [], context) }),
  }
}

/** A list says how tags stand in its place. What a tag is, and whom it gives rights, is said where all tags are. */
function storedTags(tags: readonly TagDocument[], before: readonly TagDocument[], targets: RuleTargets): TagDocument[] {
  const stored = tags.map(({ _acl: _, _origin: __, ...tag }) => tag)
  if (!isDeepStrictEqual(stored, before))
    checkTags(
      stored.map(({ _id }) => _id ?? fail('ServerGeneric', { msg: 'every tag of _tags needs an _id' })),
      targets,
    )
  return stored
}
