/** What is known about column types without a record at hand. */
import { fail } from '../errors.ts'
import type { ColumnType } from './model.ts'

const PLAIN = ['text', 'text_oneline', 'string'] as const
const LOCALIZED = ['text_l10n', 'text_l10n_oneline'] as const
const NUMERIC = ['number', 'integer.2', 'double'] as const
const DATES = ['date', 'datetime'] as const
const KNOWN: ReadonlySet<string> = new Set([...PLAIN, ...LOCALIZED, ...NUMERIC, ...DATES, 'daterange', 'boolean', 'geo_json', 'eas', 'link'])
/** Which plugins are there is not asked: a column stays valid while its plugin is switched off. */
const CUSTOM = /^custom:base(\.[\w-]+){2,}$/

const isOneOf =
  (types: readonly string[]) =>
  (type: string): boolean =>
    types.includes(type)
export const isText = isOneOf([...PLAIN, ...LOCALIZED])
export const isNumeric = isOneOf(NUMERIC)
export const isDated = isOneOf([...DATES, 'daterange'])

export function demandType(type: string | null | undefined): ColumnType {
  if (typeof type !== 'string' || !(KNOWN.has(type) || CUSTOM.test(type))) return fail('UnknownColumnType', { type: type ?? '' })
  return type as ColumnType
}

/** Types whose stored values are valid for each other, so that a column may change between them with its data. */
const FAMILIES: readonly (readonly string[])[] = [PLAIN, LOCALIZED, DATES]

/** Whether every stored value of the one type is a value of the other with the same meaning. */
export function carriesOver(from: string, to: string): boolean {
  if (from === to || (from === 'number' && to === 'double')) return true
  return FAMILIES.some((family) => family.includes(from) && family.includes(to))
}
