/** With `skip_constraints`, broken rules of the datamodel do not stop a save: the record is marked with them instead. */
import type { Change, SaveContext } from './save-context.ts'
import { violationsOf } from './violations.ts'

export function markBroken(change: Change, { skipConstraints, datamodel }: SaveContext): Change {
  if (!skipConstraints || change.unchanged) return change
  return { ...change, row: { ...change.row, systemTags: violationsOf(change.table, change.row, datamodel) } }
}
