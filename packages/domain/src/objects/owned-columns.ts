/** Links whose target owns the record they stand in: it goes when the target goes. */
import type { Model } from '../datamodel/model.ts'

export const ownedColumns = (model: Model): readonly number[] =>
  [...model.columns.values()].filter(({ reverseEdit }) => reverseEdit).map(({ id }) => id)
