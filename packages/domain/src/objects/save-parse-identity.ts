/** Which record a part of a request is about, and whether it makes it, replaces it, or is merged into it. */
import type { Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { parseLookup, requireId, requirePresent, requireRoom, requireUuid, unreadable } from './record-ref.ts'
import type { Draft } from './save-draft.ts'
import { ACL_MODES, modeOf, TAG_MODES, type GroupEdit } from './save-group.ts'
import { isObject } from './values/plain-json.ts'
import { under } from './where.ts'

type Json = Readonly<Record<string, unknown>>
export type Identified = Pick<Draft, 'mode' | 'version' | 'objectId' | 'systemId' | 'uuid' | 'self' | 'group'>

/** Records that one entry may change together. */
export const MOST_GROUPED = 10_000

const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })
const isGiven = (value: unknown) => value !== undefined && value !== null

export function identitiesOf(json: Json, block: Json, table: Table, at: string, where: string): readonly Identified[] {
  const lookup = block['lookup:_id']
  if (Array.isArray(block._id) || Array.isArray(lookup)) return groupOf(json, block, table, at, where)
  for (const key of ['_tags:group_mode', '_acl:group_mode'])
    if (isGiven(json[key]) && block['_version:auto_increment'] !== true)
      refuse(under(at, key), 'it only says something when several records are changed at once')
  return [singleOf(json, block, table, at, where)]
}

function groupOf(json: Json, block: Json, table: Table, at: string, where: string): readonly Identified[] {
  if (isGiven(json._system_object_id) || isGiven(json._uuid)) refuse(at, 'an id of one record cannot stand beside a list of them')
  const listed = [...listOf(block._id, under(where, '_id')), ...listOf(block['lookup:_id'], under(where, 'lookup:_id'))]
  if (listed.length > MOST_GROUPED) refuse(under(where, '_id'), `more than ${MOST_GROUPED} records cannot be changed together`)
  const group = groupEditOf(json, at)
  return listed.map(({ value, place }): Identified => {
    const shared = { mode: 'merge' as const, version: 0, systemId: null, uuid: null, group }
    if (typeof value === 'number') return { ...shared, objectId: requireId(value, place), self: null }
    const address = isObject(value) && isObject(value['lookup:_id']) ? value['lookup:_id'] : value
    return { ...shared, objectId: null, self: { table, where: place, ...requirePresent(parseLookup(table, address, place), place) } }
  })
}

function listOf(value: unknown, where: string): { value: unknown; place: string }[] {
  if (!isGiven(value)) return []
  if (!Array.isArray(value)) return unreadable(where, 'a list is expected')
  return value.map((entry: unknown, i) => ({ value: entry, place: `${where}[${i}]` }))
}

const groupEditOf = (json: Json, at: string): GroupEdit => ({
  tags: isGiven(json['_tags:group_mode']) ? modeOf(TAG_MODES, json['_tags:group_mode'], under(at, '_tags:group_mode')) : 'tag_replace',
  acl: isGiven(json['_acl:group_mode']) ? modeOf(ACL_MODES, json['_acl:group_mode'], under(at, '_acl:group_mode')) : 'acl_replace',
})

function singleOf(json: Json, block: Json, table: Table, at: string, where: string): Identified {
  const counts = block['_version:auto_increment'] === true
  const version = versionOf(block, where)
  const mode = counts ? 'merge' : version === 1 ? 'create' : 'update'
  const lookup = block['lookup:_id']
  if (mode === 'create' && isGiven(lookup)) refuse(under(where, 'lookup:_id'), 'it finds a record to change, which needs a _version')
  const place = under(where, 'lookup:_id')
  const self = isGiven(lookup) ? { table, where: place, ...requirePresent(parseLookup(table, lookup, place), place) } : null
  const objectId = isGiven(block._id) ? requireId(block._id, under(where, '_id')) : null
  const systemId = isGiven(json._system_object_id) ? requireId(json._system_object_id, under(at, '_system_object_id')) : null
  const uuid = isGiven(json._uuid) ? requireUuid(json._uuid, under(at, '_uuid')) : null
  if (mode === 'merge' && objectId === null && self === null) refuse(where, 'nothing says which record is meant; give its _id or lookup:_id')
  if (mode === 'update' && objectId === null && self === null) return mismatch(version)
  if (mode === 'create' && objectId !== null) requireRoom(objectId, under(where, '_id'))
  if (mode === 'create' && systemId !== null) requireRoom(systemId, under(at, '_system_object_id'))
  return { mode, version, objectId, systemId, uuid, self, group: counts ? groupEditOf(json, at) : null }
}

/** A later version of nothing: only version 1 would have been possible. */
const mismatch = (received: number): never => fail('VersionMismatch', { currentversion: 0, receivedversion: received, expectedversion: 1 })

function versionOf(block: Json, where: string): number {
  const version = block._version
  if (!isGiven(version)) return 1
  if (typeof version !== 'number' || !Number.isSafeInteger(version)) return unreadable(under(where, '_version'), 'an integer is expected')
  return version
}
