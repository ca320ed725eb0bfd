/**
 * From the JSON of one record to drafts: the envelope, the content block, what the mask lets through, and the records that were
 * sent inside of it. Keys that only answers have are passed over, because clients send back what they have read; any other
 * key that would be ignored is refused.
 */
import type { Datamodel, Mask, ReverseField, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Problems } from './problems.ts'
import { unreadable } from './record-ref.ts'
import type { Draft, ReverseRows } from './save-draft.ts'
import { isEnvelopeKey, parseEnvelope } from './save-parse-envelope.ts'
import { identitiesOf, type Identified } from './save-parse-identity.ts'
import { isPlaceKey, parsePlace } from './save-parse-place.ts'
import { parseRow } from './save-parse-row.ts'
import { reverseMask } from './reverse-mask.ts'
import { isObject, requirePlainJson } from './values/plain-json.ts'
import { under } from './where.ts'
import { writePlanOf } from './write-plan.ts'

type Json = Readonly<Record<string, unknown>>

export interface ParseOptions {
  readonly datamodel: Datamodel
  /** Records sent inside others are passed over. */
  readonly skipReverse: boolean
  readonly problems: Problems
}

/** The drafts of one entry of the request: several where it changes several records. */
export function parseRecord(json: unknown, index: number, table: Table, options: ParseOptions): readonly Draft[] {
  const at = `[${index}]`
  requirePlainJson(json, at)
  if (!isObject(json)) return unreadable(at, 'a record is expected')
  if (json._objecttype !== table.name) refuse(at, `_objecttype has to be ${table.name}, like the path`)
  const mask = maskOf(json, table, options.datamodel)
  for (const key of Object.keys(json))
    options.problems.attempt(under(at, key), () => key === table.name || isEnvelopeKey(key) || refuse(at, `there is no field ${key}`))
  const block = json[table.name]
  const where = under(at, table.name)
  if (!isObject(block)) return block === undefined ? refuse(at, `the block ${table.name} is missing`) : unreadable(where, 'an object is expected')
  const source: Source = { index, json, block, at, where, mask, isOther: isPlaceKey }
  return options.problems.attempt(where, () => draftsFrom(source, options)) ?? []
}

/** Where a record stands: its envelope and its block, which are one and the same for a record inside another one. */
interface Source {
  readonly index: number
  readonly json: Json
  readonly block: Json
  readonly at: string
  readonly where: string
  readonly mask: Mask
  readonly isOther: (key: string) => boolean
}

const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })

function maskOf(json: Json, table: Table, datamodel: Datamodel): Mask {
  const name = json._mask
  if (typeof name !== 'string') return fail('UnknownObjecttype', { objecttype: `${table.name}, mask ${JSON.stringify(name ?? null)}` })
  return datamodel.mask(table, name) ?? fail('UnknownObjecttype', { objecttype: `${table.name}, mask ${name}` })
}

function draftsFrom(source: Source, options: ParseOptions): readonly Draft[] {
  const { index, json, block, at, where, mask, isOther } = source
  const { problems } = options
  const plan = writePlanOf(mask)
  const identities = identitiesOf(json, block, mask.table, at, where)
  const merges = identities.some(({ mode }) => mode === 'merge')
  const row = parseRow(plan, block, where, { problems, merges }, isOther)
  const shared = {
    ...{ index, where, at, mask, plan },
    ...row,
    ...parseEnvelope(json, mask.table, at, problems),
    ...parsePlace(block, mask.table, where, problems),
    reverse: options.skipReverse ? [] : reverseOf(source, plan.reverse, merges, options),
  }
  return identities.map((identity): Draft => ({ ...shared, ...identity }))
}

/** A table that was not sent is not touched; an empty one asks for its records to be deleted. */
function reverseOf(source: Source, fields: ReadonlyMap<string, ReverseField>, merges: boolean, options: ParseOptions): ReverseRows[] {
  return Object.entries(source.block).flatMap(([key, value]) => {
    if (!key.startsWith('_reverse_nested:')) return []
    const where = under(source.where, key)
    return options.problems.attempt(where, () => readReverse(source, fields.get(key), key, value, merges, options)) ?? []
  })
}

function readReverse(source: Source, field: ReverseField | undefined, key: string, value: unknown, merges: boolean, options: ParseOptions) {
  const where = under(source.where, key)
  if (!field) return refuse(where, `the mask has no table ${key}`)
  if (!field.writable) return isSame(value) ? [] : refuse(where, 'the mask does not let this table be written')
  if (merges) return refuse(where, 'records that link here cannot be changed together with several others')
  if (value !== null && !Array.isArray(value)) return unreadable(where, 'a list of records is expected')
  const rows = ((value ?? []) as unknown[]).flatMap((row, i) => {
    const at = `${where}[${i}]`
    return options.problems.attempt(at, () => draftsFrom(reverseSource(source.index, field, row, at), options)) ?? []
  })
  return [{ field, where, rows }]
}

const isSame = (value: unknown) => value === null || (Array.isArray(value) && value.length === 0)

/** Accepts the bare row, and the row wrapped like a record of the request. The link to the record around it goes without saying. */
function reverseSource(index: number, field: ReverseField, row: unknown, at: string): Source {
  if (!isObject(row)) return unreadable(at, 'a record is expected')
  const mask = reverseMask(field)
  const { table } = mask
  const wrapped = row[table.name]
  const uplink = field.slot.column?.name ?? '_id_parent'
  const isWrapped = isObject(wrapped) && row._objecttype !== undefined
  if (row._objecttype !== undefined && row._objecttype !== table.name) refuse(at, `only records of ${table.name} can stand here`)
  if (isWrapped) for (const key of Object.keys(row)) if (key !== table.name && !isEnvelopeKey(key)) refuse(at, `there is no field ${key}`)
  const block = isWrapped ? wrapped : row
  const where = isWrapped ? under(at, table.name) : at
  const isOther = (key: string) => isPlaceKey(key) || key === uplink || (!isWrapped && isEnvelopeKey(key))
  return { index, json: row, block, at, where, mask, isOther }
}

export type { Identified }
