/** With `skip_constraints`, broken rules of the datamodel do not stop a save: the record is marked with them instead. */
import type { BaseRefs } from './save-base-refs.ts'
import type { Change, SaveContext } from './save-context.ts'
import { violationsOf } from './violations.ts'
import type { RecordTransaction, UniqueRow } from './write-store.ts'

const placeOf = ({ key, digest, fromId, rowUuid }: UniqueRow) => `${fromId} ${rowUuid} ${key} ${digest}`

/** `held` are the values that others have, which is known only once the records are stored. */
export async function markBroken(
  tx: RecordTransaction,
  { skipConstraints }: SaveContext,
  changes: readonly Change[],
  held: readonly UniqueRow[],
  { tagsById }: BaseRefs,
): Promise<void> {
  if (!skipConstraints) return
  const taken = new Set(held.map(placeOf))
  const around = {
    isShared: (row: UniqueRow) => taken.has(placeOf(row)),
    choiceGroupOf: (tag: number) => {
      const group = tagsById.get(tag)?.group
      return group?.choice ? group.id : undefined
    },
  }
  const marks = changes
    .filter(({ unchanged }) => !unchanged)
    .map(({ table, row }) => ({ systemId: row.systemId, systemTags: violationsOf(table, row, around) }))
    .filter(({ systemTags }) => systemTags.length > 0)
  if (marks.length > 0) await tx.mark(marks)
}
