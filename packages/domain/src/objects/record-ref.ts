/** How a request names a record: by its id, system id, UUID, or by the value of one of its columns. */
import type { Column, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { parseValue } from './values/parse.ts'
import { isObject } from './values/plain-json.ts'

export interface ColumnLookup {
  readonly column: Column
  readonly value: unknown
}

/** Several ways may be given at once, as when a client sends back what it has read; they have to agree. */
export interface RecordRef {
  readonly table: Table
  readonly where: string
  readonly objectId?: number
  readonly systemId?: number
  readonly uuid?: string
  readonly lookup?: ColumnLookup
  /** The record need not exist yet: the link waits for it. */
  readonly defer?: boolean
}

type Json = Readonly<Record<string, unknown>>
type Address = Pick<RecordRef, 'objectId' | 'systemId' | 'uuid' | 'lookup' | 'defer'>

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Types whose values a lookup can search for. */
const SEARCHABLE = new Set(['text', 'text_oneline', 'string', 'text_l10n', 'text_l10n_oneline', 'number', 'integer.2'])

/** The value of a link column; undefined clears the link. */
export function parseLink(column: Column, value: unknown, where: string): RecordRef | undefined {
  if (value === null || value === undefined) return undefined
  const table = column.target ?? fail('SchemaInconsistent', { msg: `${where}: the datamodel names no target for this link` })
  return parseRecordRef(table, value, where)
}

/** A record as it stands in a link: an envelope with a block named like the object type. */
export function parseRecordRef(table: Table, value: unknown, where: string): RecordRef {
  if (!isObject(value)) return unreadable(where, 'a linked record is expected')
  if (value._objecttype !== undefined && value._objecttype !== table.name)
    fail('SchemaInconsistent', { msg: `${where}: only records of ${table.name} can be linked here, not of ${JSON.stringify(value._objecttype)}` })
  const block = value[table.name]
  if (block !== undefined && block !== null && !isObject(block)) return unreadable(`${where}.${table.name}`, 'an object is expected')
  const ref = { table, where, ...addressOf(value, where), ...(block ? blockAddress(table, block, `${where}.${table.name}`) : {}) }
  if (ref.objectId === undefined && ref.systemId === undefined && ref.uuid === undefined && ref.lookup === undefined)
    fail('SchemaInconsistent', { msg: `${where}: nothing says which record is meant; give its _id, _system_object_id, _uuid or lookup:_id` })
  return ref
}

function blockAddress(table: Table, block: Json, where: string): Address {
  const lookup = block['lookup:_id']
  return {
    ...(isGiven(block._id) && { objectId: requireId(block._id, `${where}._id`) }),
    ...(isGiven(lookup) && parseLookup(table, lookup, `${where}.lookup:_id`)),
  }
}

function addressOf(json: Json, where: string): Address {
  return {
    ...(isGiven(json._system_object_id) && { systemId: requireId(json._system_object_id, `${where}._system_object_id`) }),
    ...(isGiven(json._uuid) && { uuid: requireUuid(json._uuid, `${where}._uuid`) }),
  }
}

/** The object of `lookup:_id` and its like. */
export function parseLookup(table: Table, value: unknown, where: string): Address {
  if (!isObject(value)) return unreadable(where, 'an object with one key is expected')
  const keys = Object.keys(value).filter((key) => key !== '_allow_defer')
  const [key] = keys
  if (key === undefined || keys.length > 1) return unreadable(where, 'exactly one key is expected')
  const defer = value._allow_defer === true
  if (key === '_system_object_id' || key === '_uuid') {
    const address = addressOf({ [key]: value[key] ?? fail('LookupNotFound', { key, value: 'null' }) }, where)
    if (defer && address.systemId !== undefined) requireRoom(address.systemId, `${where}._system_object_id`)
    return { ...address, ...(defer && { defer }) }
  }
  if (defer) fail('SchemaInconsistent', { msg: `${where}: only a record that is named by its _uuid or _system_object_id can come later` })
  const column = table.columns.find((candidate) => candidate.name === key)
  if (!column || !SEARCHABLE.has(column.type)) fail('SchemaInconsistent', { msg: `${where}: records of ${table.name} cannot be looked up by ${key}` })
  const wanted = parseValue(column, value[key], `${where}.${key}`)
  if (wanted === undefined) fail('LookupNotFound', { key, value: lookupText(value[key]) })
  return { lookup: { column, value: wanted } }
}

/** Only a link can wait for its record: whoever is changed or stands above another has to be there. */
export function requirePresent<R extends Address>(ref: R, where: string): R {
  return ref.defer ? fail('SchemaInconsistent', { msg: `${where}: only a link can wait for a record that comes later` }) : ref
}

/** Ids above this would leave a counter too little room to go on. */
export const LARGEST_ID = 1_000_000_000_000_000

/** An id that a counter has to stay ahead of. */
export function requireRoom(id: number, where: string): number {
  return id > LARGEST_ID ? fail('NumberOutOfRange', { field: where, value: String(id) }) : id
}

/** How a wanted value is told in an error. */
export const lookupText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null))

const isGiven = (value: unknown) => value !== undefined && value !== null

export function requireId(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) return unreadable(where, 'a positive integer is expected')
  return value
}

export function requireUuid(value: unknown, where: string): string {
  if (typeof value !== 'string' || !UUID.test(value)) return unreadable(where, 'a UUID is expected')
  return value.toLowerCase()
}

export const unreadable = (field: string, msg: string): never => fail('RecordUnmarshalJson', { field, msg })
