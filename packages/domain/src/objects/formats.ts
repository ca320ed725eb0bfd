/** What each format of a record holds. The table of formats is the public promise; everything else follows from these flags. */
import type { RecordFormat } from './saved-renderer.ts'

export interface Contents {
  readonly format: RecordFormat
  /** `_standard`, `_path`, `_pool`. */
  readonly standard: boolean
  /** Labels, names of tags and the generic list of values. */
  readonly values: boolean
  /** The fields of the mask. */
  readonly fields: boolean
  /** All system fields. */
  readonly system: boolean
  /** Fields without a value are written out as null. */
  readonly empty: boolean
  readonly changelog: boolean
  /** Values of hierarchical parents where the record has none of its own. */
  readonly inherited: boolean
}

const NOTHING = { standard: true, values: false, fields: false, system: false, empty: false, changelog: false, inherited: false }
const LONG = { fields: true, system: true }
const FULL = { ...LONG, empty: true, changelog: true }

const contents = (format: RecordFormat, flags: Partial<Contents>): Contents => ({ ...NOTHING, ...flags, format })

const CONTENTS: Readonly<Record<RecordFormat, Contents>> = {
  short: contents('short', { standard: false }),
  standard: contents('standard', {}),
  standard_extended: contents('standard_extended', { values: true }),
  long: contents('long', LONG),
  long_inheritance: contents('long_inheritance', { ...LONG, inherited: true }),
  full: contents('full', FULL),
  full_inheritance: contents('full_inheritance', { ...FULL, inherited: true }),
}

export const contentsOf = (format: RecordFormat): Contents => CONTENTS[format]

/** In which format records stand that are embedded in one of this format: values from above are for the outer record alone. */
export function embeddedFormat(format: RecordFormat): RecordFormat {
  if (format === 'long_inheritance') return 'long'
  return format === 'full_inheritance' ? 'full' : format
}
