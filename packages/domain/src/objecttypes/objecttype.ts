/** Settings of an object type as they are stored and as they are answered. They are no part of the datamodel and take effect at once. */
import type { Schemas } from '@vitrine/contract/instance'
import type { Table } from '../datamodel/model.ts'
import { filenameReplacements } from './file-fields.ts'
import { without } from './without.ts'

export type ObjecttypeDocument = Schemas['Objecttype']
export type ObjecttypeBlock = ObjecttypeDocument['objecttype']
export type ObjecttypeStats = Schemas['ObjecttypeStats']

/** What a save may store: every key the document has and a client can write. */
export interface ObjecttypeData {
  readonly fields: Omit<ObjecttypeBlock, '_id' | '_version' | 'name' | 'contact'>
  readonly settings: Omit<ObjecttypeDocument, '_basetype' | 'objecttype' | '_compiled_tags' | '_filename_replacements'>
}

export interface ObjecttypeSettings {
  readonly tableId: number
  readonly version: number
  readonly data: ObjecttypeData
}

/** Nothing has been stored yet: the first version comes with the object type. */
export const FIRST_VERSION = 1
export const unsaved = (tableId: number): ObjecttypeSettings => ({ tableId, version: FIRST_VERSION, data: { fields: {}, settings: {} } })

const FIELDS: Required<ObjecttypeData['fields']> = {
  mapping_image_export: 'none',
  mapping_image_import: 'none',
  mapping_image_import_recipe_configs: null,
  mapping_dc_export: 'none',
  show_in_collections: true,
  show_in_facet_grouping: true,
  show_in_main_menu_with_icon: '',
  empty_placeholder_icon: '',
  standard_numbering: null,
  description: {},
  custom_data: null,
  watermark: null,
  caption: null,
  janitor_policy: null,
}
const SETTINGS: Required<ObjecttypeData['settings']> = {
  _standard_masks: null,
  _export_asset_filenames: {},
  _acl: [],
  _private_transitions: false,
  _transitions: [],
  _private_tags: false,
  _tags: [],
  _maskfilters: {},
  _columnfilters: [],
}

/** Everything, or what is for everybody to see. */
export function objecttypeDocument(table: Table, { version, data }: ObjecttypeSettings, view: { managed: boolean }): ObjecttypeDocument {
  const fields = { ...FIELDS, ...data.fields }
  const settings = { ...SETTINGS, ...data.settings }
  const block: ObjecttypeBlock = { _id: table.id, _version: version, name: table.name, contact: null, ...fields }
  if (view.managed) return { _basetype: 'objecttype', objecttype: block, ...settings, _filename_replacements: filenameReplacements(table) }
  const open = without(
    block,
    'mapping_image_export',
    'mapping_image_import',
    'mapping_image_import_recipe_configs',
    'mapping_dc_export',
    'watermark',
    'caption',
    'janitor_policy',
  )
  const seen = without(settings, '_acl', '_transitions', '_private_transitions', '_export_asset_filenames')
  return { _basetype: 'objecttype', objecttype: open, ...seen }
}
