/** Conditions on the tags of a record, as workflow rules and masks have them. Lists that are empty do not restrict anything. */
import type { Schemas } from '@vitrine/contract/instance'

export interface TagCondition {
  readonly all: readonly number[]
  readonly any: readonly number[]
  readonly not: readonly number[]
}

export const conditionOf = (filter: Schemas['TagFilter'] | null | undefined): TagCondition => ({
  all: filter?.all ?? [],
  any: filter?.any ?? [],
  not: filter?.not ?? [],
})

export const fulfils = (tags: ReadonlySet<number>, { all, any, not }: TagCondition): boolean =>
  all.every((tag) => tags.has(tag)) && (any.length === 0 || any.some((tag) => tags.has(tag))) && !not.some((tag) => tags.has(tag))
