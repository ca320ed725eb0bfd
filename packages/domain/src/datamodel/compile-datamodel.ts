/** One version with everything that belongs to it, ready for use. */
import { ALL_FIELDS, allFieldsName } from './all-fields.ts'
import { compileAllFields, compileMasks } from './compile-masks.ts'
import { compileSchema } from './compile-schema.ts'
import type { MaskDocument, SchemaDocument, Translations } from './documents.ts'
import type { Datamodel, Mask, Table } from './model.ts'

/** One version as it is stored. */
export interface VersionDocuments {
  readonly version: number
  readonly committedAt: Date | null
  readonly schema: SchemaDocument
  readonly masks: MaskDocument
  readonly translations: Translations
}

export function compileDatamodel({ version, committedAt, schema, masks: document, translations }: VersionDocuments): Datamodel {
  const model = compileSchema(schema)
  const masks = compileMasks(document, schema, model)
  const byName = new Map(masks.map((mask) => [mask.name, mask]))
  const preferred = new Map(masks.filter((mask) => mask.preferred).map((mask) => [mask.table.id, mask]))
  // Most object types are never asked for this mask.
  const synthesised = new Map<number, Mask>()
  const allFields = (table: Table): Mask => {
    const mask = synthesised.get(table.id) ?? compileAllFields(table, document, schema, model)
    synthesised.set(table.id, mask)
    return mask
  }
  return {
    version,
    committedAt,
    model,
    masksById: new Map(masks.map((mask) => [mask.id ?? 0, mask])),
    translations,
    mask(table, name) {
      if (name === ALL_FIELDS || name === allFieldsName(table.name)) return allFields(table)
      const mask = byName.get(name)
      return mask?.table === table ? mask : undefined
    },
    standardMask: (table) => preferred.get(table.id) ?? allFields(table),
    allFields,
  }
}
