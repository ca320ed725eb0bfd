/** What every instance has from the start: version 1, committed, without any table. Harmless to repeat. */
import type { DatamodelStore } from './datamodel-store.ts'
import { EMPTY_MASKS, EMPTY_SCHEMA } from './documents.ts'

export const seedDatamodel = (store: DatamodelStore): Promise<void> =>
  store.seed({ version: EMPTY_SCHEMA.version, schema: EMPTY_SCHEMA, masks: EMPTY_MASKS, translations: {} })
