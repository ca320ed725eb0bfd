/** What the switches of a mask field mean for reading and writing. */
import type { FieldJson } from './documents.ts'

const FLAGS = ['detail', 'text', 'table'] as const

/** Everything switched off has the effect of leaving the field out. */
export function isReadable({ edit, output, search }: FieldJson): boolean {
  if (edit?.mode === 'edit' || edit?.mode === 'show') return true
  if (FLAGS.some((flag) => output?.[flag])) return true
  if (output?.standard?.order || output?.standard_eas?.order || output?.standard_geo?.order) return true
  return Boolean(search?.expert || search?.fulltext || search?.facet)
}

export const isWritable = ({ edit }: FieldJson): boolean => edit?.mode === 'edit'
export const EDIT_MODES = ['edit', 'show', 'off'] as const
export const OUTPUT_MODES = ['show', 'off'] as const
export const SYSTEM_FIELDS = ['parent', 'object_id', 'tags', 'acl', 'owner', 'pool', 'collections', 'publish'] as const
