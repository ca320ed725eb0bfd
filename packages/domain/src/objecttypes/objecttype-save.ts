/** Decides what a list of object type documents changes. A key that is left out keeps what is stored. */
import { fail } from '../errors.ts'
import type { Datamodel, Table } from '../datamodel/model.ts'
import { demandFileField } from './file-fields.ts'
import { unsaved, type ObjecttypeData, type ObjecttypeDocument, type ObjecttypeSettings } from './objecttype.ts'
import { without } from './without.ts'

export function planObjecttypes(
  documents: readonly ObjecttypeDocument[],
  stored: ReadonlyMap<number, ObjecttypeSettings>,
  datamodel: Datamodel,
): ObjecttypeSettings[] {
  const planned = new Map<number, ObjecttypeSettings>()
  for (const document of documents) {
    const table = tableOf(document, datamodel)
    const before = planned.get(table.id) ?? stored.get(table.id) ?? unsaved(table.id)
    demandVersion(document.objecttype._version ?? 0, before, table)
    validate(document, before.data, table, datamodel)
    const sent = dataOf(document)
    const data = { fields: { ...before.data.fields, ...sent.fields }, settings: { ...before.data.settings, ...sent.settings } }
    planned.set(table.id, { tableId: table.id, version: before.version + 1, data })
  }
  return [...planned.values()]
}

function tableOf({ objecttype }: ObjecttypeDocument, datamodel: Datamodel): Table {
  const table = datamodel.model.tables.get(objecttype._id)
  return table && !table.owner ? table : fail('ServerGeneric', { msg: `there is no object type with the id ${objecttype._id}` })
}

function demandVersion(received: number, { version }: ObjecttypeSettings, table: Table): void {
  const expected = version + 1
  if (received === expected) return
  fail('VersionMismatch', {
    currentversion: version,
    receivedversion: received,
    expectedversion: expected,
    got: received,
    expected,
    object: `objecttype:${table.id}`,
  })
}

/** Without what the server says itself. A null access list stays as it is; only an empty list takes grants away. */
function dataOf(document: ObjecttypeDocument): ObjecttypeData {
  const { _acl, objecttype } = document
  const settings = without(document, '_basetype', 'objecttype', '_compiled_tags', '_filename_replacements', '_acl')
  const fields = without(objecttype, '_id', '_version', 'name', 'contact')
  return { fields, settings: { ...settings, ...(_acl && { _acl }) } }
}

/** What is stored may name a mask or field that a commit has taken away since; it can be sent back as it was read. */
function validate(document: ObjecttypeDocument, { fields, settings }: ObjecttypeData, table: Table, datamodel: Datamodel): void {
  const { objecttype, _standard_masks: masks } = document
  const isNew = (name: string, stored: object | null | undefined) => !Object.hasOwn(stored ?? {}, name)
  if (masks) {
    if (masks.length === 0) fail('ObjecttypeNeedsStandardMask', { name: table.name })
    for (const id of masks)
      if (datamodel.masksById.get(id)?.table !== table && !settings._standard_masks?.includes(id))
        fail('ServerGeneric', { msg: `${table.name} has no mask with the id ${id}` })
  }
  for (const field of Object.keys(document._export_asset_filenames ?? {}))
    if (isNew(field, settings._export_asset_filenames)) demandFileField(table, field)
  for (const field of Object.keys(objecttype.caption ?? {})) if (isNew(field, fields.caption)) demandFileField(table, field)
  if (table.poolLink && document._acl?.length)
    fail('ServerGeneric', { msg: `records of ${table.name} are kept in pools, which carry the access lists` })
  if (table.poolLink && objecttype.janitor_policy)
    fail('ServerGeneric', { msg: `records of ${table.name} are kept in pools, which say what is tidied away` })
  validateMappings(objecttype)
}

/** Mappings cannot be made yet, so none can be chosen. */
function validateMappings(objecttype: ObjecttypeDocument['objecttype']): void {
  for (const name of ['mapping_image_export', 'mapping_image_import', 'mapping_dc_export'] as const) {
    const chosen = objecttype[name]
    if (chosen && chosen !== 'none') fail('LookupNotFound', { key: name, value: String(chosen) })
  }
  if (Object.keys(objecttype.mapping_image_import_recipe_configs ?? {}).length > 0)
    fail('ServerGeneric', { msg: 'steps can only be set up for a mapping, and none is chosen' })
}
