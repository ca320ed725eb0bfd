/** The mask through which records are written and shown that stand inside the record they link to: the one embedded in its field. */
import type { Mask, ReverseField, SystemFieldName } from '../datamodel/model.ts'

const OPEN = { shown: true, editable: true }
const SYSTEM: Mask['system'] = Object.fromEntries(
  (['parent', 'object_id', 'tags', 'acl', 'owner', 'pool', 'collections', 'publish'] satisfies SystemFieldName[]).map((name) => [name, OPEN]),
) as Mask['system']

const masks = new WeakMap<ReverseField, Mask>()

export function reverseMask(field: ReverseField): Mask {
  const known = masks.get(field)
  if (known) return known
  const { table, column } = field.slot
  const mask: Mask = {
    id: null,
    name: `${table.name}__${column?.name ?? '_id_parent'}`,
    table,
    preferred: false,
    fields: field.fields,
    system: SYSTEM,
  }
  masks.set(field, mask)
  return mask
}
