/** Events as lines of CSV (RFC 4180). */
import type { EventDocument } from '@vitrine/domain/events/event-document'

export interface CsvOptions {
  readonly delimiter: string
  readonly alwaysQuote: boolean
  readonly bom: boolean
}

const COLUMNS = [
  '_id',
  'type',
  'timestamp',
  'pollable',
  'basetype',
  'objecttype',
  'object_id',
  'object_version',
  'system_object_id',
  'global_object_id',
  'schema',
  'user_id',
  'user_generated_displayname',
  'remote_addr',
  'info',
] as const

export const csvHead = (options: CsvOptions): string => `${options.bom ? '\uFEFF' : ''}${line(COLUMNS, options)}`

export const csvLine = ({ event, user }: EventDocument, options: CsvOptions): string =>
  line(
    COLUMNS.map((column) => {
      if (column === 'user_id') return user?.user?._id
      if (column === 'info') return event.info && JSON.stringify(event.info)
      return event[column]
    }),
    options,
  )

const line = (cells: readonly (string | number | boolean | undefined)[], options: CsvOptions): string =>
  `${cells.map((cell) => cellOf(cell, options)).join(options.delimiter)}\r\n`

function cellOf(cell: string | number | boolean | undefined, { delimiter, alwaysQuote }: CsvOptions): string {
  // Spreadsheet programs run texts that begin like a formula, and names are chosen by people; an apostrophe keeps them texts.
  const text = typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell ?? '')
  const needed = alwaysQuote || text.includes(delimiter) || /["\r\n]/.test(text)
  return needed ? `"${text.replaceAll('"', '""')}"` : text
}
