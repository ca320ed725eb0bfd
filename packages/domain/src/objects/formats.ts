/** What each format of a record holds. The table of formats is the public promise; everything else follows from these flags. */
import type { RecordFormat } from './saved-renderer.ts'

export interface Contents {
  readonly format: RecordFormat
  /** `_standard`, `_path`, `_pool`. */
  readonly standard: boolean
  /** Labels, names of tags and the generic list of values. */
  readonly values: boolean
  /** The fields of the mask and all system fields. */
  readonly fields: boolean
  /** Fields without a value are written out as null. */
  readonly empty: boolean
  readonly changelog: boolean
  /** Values of hierarchical parents where the record has none of its own. */
  readonly inherited: boolean
}

const contents = (format: RecordFormat, flags: Partial<Contents>): Contents => ({
  standard: true,
  values: false,
  fields: false,
  empty: false,
  changelog: false,
  inherited: false,
  ...flags,
  format,
})

const CONTENTS: Readonly<Record<RecordFormat, Contents>> = {
  short: contents('short', { standard: false }),
  standard: contents('standard', {}),
  standard_extended: contents('standard_extended', { values: true }),
  long: contents('long', { fields: true }),
  long_inheritance: contents('long_inheritance', { fields: true, inherited: true }),
  full: contents('full', { fields: true, empty: true, changelog: true }),
  full_inheritance: contents('full_inheritance', { fields: true, empty: true, changelog: true, inherited: true }),
}

export const contentsOf = (format: RecordFormat): Contents => CONTENTS[format]
