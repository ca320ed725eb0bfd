/**
 * From the JSON of one record to a draft: the envelope, the content block, and what the mask lets through. Keys that only
 * answers have are passed over, because clients send back what they have read; any other key that would be ignored is refused.
 */
import type { Datamodel, Mask, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { parseLookup, parseRecordRef, requireId, requireUuid, unreadable, type RecordRef } from './record-ref.ts'
import type { BaseRef, Draft, OwnerRef } from './save-draft.ts'
import { parseRow } from './save-parse-row.ts'
import { isObject, requirePlainJson } from './values/plain-json.ts'
import { writePlanOf } from './write-plan.ts'

type Json = Readonly<Record<string, unknown>>

const OUTPUT_ONLY = new Set([
  ...['_objecttype_display_name', '_mask_display_name', '_format', '_global_object_id', '_standard', '_latest_version', '_values'],
  ...['_latest_version_deleted_at', '_system_tags', '_has_acl', '_generated_rights', '_collections', '_changelog', '_published'],
  ...['_published_count', '_has_children', '_level', '_path', '_paths', '_score', '_sort', '_best_mask', '_current'],
  ...['_callback_context', '_purged_or_deferred', '_mapped_metadata_created'],
])
const ENVELOPE = new Set([
  ...['_objecttype', '_mask', '_system_object_id', '_uuid', '_owner', '_create_user', '_created', '_last_modified', '_tags'],
  ...['_acl', '_private_acl', '_comment'],
])
/** Ids above this would leave a counter too little room to go on. */
const LARGEST_ID = 1_000_000_000_000_000

export function parseDraft(json: unknown, index: number, table: Table, datamodel: Datamodel, skipReverse: boolean): Draft {
  const at = `[${index}]`
  requirePlainJson(json, at)
  if (!isObject(json)) return unreadable(at, 'a record is expected')
  if (json._objecttype !== table.name) refuse(at, `_objecttype has to be ${table.name}, like the path`)
  const mask = maskOf(json, table, datamodel)
  requireKnownKeys(json, table, at)
  refuseAccessList(json, at)
  const block = json[table.name]
  if (!isObject(block))
    return block === undefined ? refuse(at, `the block ${table.name} is missing`) : unreadable(`${at}.${table.name}`, 'an object is expected')
  const where = `${at}.${table.name}`
  const plan = writePlanOf(mask)
  const identity = parseIdentity(json, block, table, at, where)
  if (!identity.isNew && !skipReverse) refuseClearing(block, where)
  return {
    ...{ index, where, mask, plan },
    ...parseRow(plan, block, where, skipReverse),
    ...identity,
    ...parseEnvelope(json, table, at),
    pool: parsePool(block, table, where),
    parent: parseParent(block, table, where),
  }
}

const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })
const isGiven = (value: unknown) => value !== undefined && value !== null

function maskOf(json: Json, table: Table, datamodel: Datamodel): Mask {
  const name = json._mask
  if (typeof name !== 'string') return fail('UnknownObjecttype', { objecttype: `${table.name}, mask ${JSON.stringify(name ?? null)}` })
  return datamodel.mask(table, name) ?? fail('UnknownObjecttype', { objecttype: `${table.name}, mask ${name}` })
}

function requireKnownKeys(json: Json, table: Table, at: string): void {
  for (const key of Object.keys(json)) {
    if (key === table.name || ENVELOPE.has(key) || OUTPUT_ONLY.has(key)) continue
    refuse(at, key.endsWith(':group_mode') ? `${key}: changing several records at once is not available` : `there is no field ${key}`)
  }
}

/** Rights on single records are not there yet; a list that had no effect would be taken for protection. */
function refuseAccessList(json: Json, at: string): void {
  const list = json._acl
  if (isGiven(list) && !(Array.isArray(list) && list.length === 0)) refuse(`${at}._acl`, 'rights on single records are not available')
  if (json._private_acl === true) refuse(`${at}._private_acl`, 'rights on single records are not available')
}

/** An empty list on a new record says nothing; on a stored one it asks for the linking records to be deleted. */
function refuseClearing(block: Json, where: string): void {
  for (const key of Object.keys(block))
    if (key.startsWith('_reverse_nested:') && isGiven(block[key]))
      refuse(`${where}.${key}`, 'changing records from the side that they link to is not available; leave it out, or save with skip_reverse_nested')
}

type Identity = Pick<Draft, 'version' | 'isNew' | 'objectId' | 'systemId' | 'uuid' | 'self'>

function parseIdentity(json: Json, block: Json, table: Table, at: string, where: string): Identity {
  if (block['_version:auto_increment'] === true) refuse(where, '_version:auto_increment is not available')
  if (Array.isArray(block._id)) refuse(where, 'changing several records at once is not available')
  const version = versionOf(block, where)
  const isNew = version === 1
  const lookup = block['lookup:_id']
  if (isNew && isGiven(lookup)) refuse(`${where}.lookup:_id`, 'it finds a record to change, which needs a _version')
  const self = isGiven(lookup) ? { table, where, ...parseLookup(table, lookup, `${where}.lookup:_id`) } : null
  const objectId = isGiven(block._id) ? requireId(block._id, `${where}._id`) : null
  const systemId = isGiven(json._system_object_id) ? requireId(json._system_object_id, `${at}._system_object_id`) : null
  const uuid = isGiven(json._uuid) ? requireUuid(json._uuid, `${at}._uuid`) : null
  if (!isNew && objectId === null && self === null) return mismatch(version)
  for (const id of [objectId, systemId])
    if (isNew && id !== null && id > LARGEST_ID) fail('NumberOutOfRange', { field: `${where}._id`, value: String(id) })
  return { version, isNew, objectId, systemId, uuid, self }
}

/** A later version of nothing: only version 1 would have been possible. */
const mismatch = (received: number): never => fail('VersionMismatch', { currentversion: 0, receivedversion: received, expectedversion: 1 })

function versionOf(block: Json, where: string): number {
  const version = block._version
  if (!isGiven(version)) return 1
  if (typeof version !== 'number' || !Number.isSafeInteger(version)) return unreadable(`${where}._version`, 'an integer is expected')
  return version
}

type Envelope = Pick<Draft, 'owner' | 'createUser' | 'createdAt' | 'modifiedAt' | 'comment' | 'tags'>

function parseEnvelope(json: Json, table: Table, at: string): Envelope {
  const comment = json._comment
  if (isGiven(comment) && typeof comment !== 'string') return unreadable(`${at}._comment`, 'a text is expected')
  const createUser = isGiven(json._create_user) ? parseOwner(json._create_user, `${at}._create_user`) : null
  if (createUser?.kind === 'group') refuse(`${at}._create_user`, 'only a user can have made a record')
  return {
    owner: isGiven(json._owner) ? parseOwner(json._owner, `${at}._owner`) : null,
    createUser,
    createdAt: parseMoment(json._created, `${at}._created`),
    modifiedAt: parseMoment(json._last_modified, `${at}._last_modified`),
    comment: typeof comment === 'string' ? comment : null,
    // Types without tags pass them over: a client need not know which types have some.
    tags: table.hasTags && isGiven(json._tags) ? parseTags(json._tags, `${at}._tags`) : null,
  }
}

function parseTags(value: unknown, where: string): readonly BaseRef[] {
  if (!Array.isArray(value)) return unreadable(where, 'a list of tags is expected')
  return value.map((tag: unknown, i) => parseBaseRef(tag, `${where}[${i}]`))
}

function parseOwner(value: unknown, where: string): OwnerRef {
  if (!isObject(value)) return unreadable(where, 'a user or a group is expected')
  for (const kind of ['user', 'group'] as const) if (isGiven(value[kind])) return { kind, ...parseBaseRef(value[kind], `${where}.${kind}`) }
  return unreadable(where, 'a user or a group is expected')
}

function parsePool(block: Json, table: Table, where: string): BaseRef | null {
  const value = block._pool
  if (!isGiven(value)) return null
  if (!table.poolLink) return refuse(`${where}._pool`, `records of ${table.name} are not kept in pools`)
  if (!isObject(value) || !isObject(value.pool)) return unreadable(`${where}._pool`, 'an object with a `pool` is expected')
  return parseBaseRef(value.pool, `${where}._pool.pool`)
}

function parseBaseRef(value: unknown, where: string): BaseRef {
  if (!isObject(value)) return unreadable(where, 'an object with an _id is expected')
  if (isGiven(value._id)) return { where, id: requireId(value._id, `${where}._id`) }
  const lookup = value['lookup:_id']
  if (!isObject(lookup)) return unreadable(where, 'an _id or a lookup:_id is expected')
  const [key, ...others] = Object.keys(lookup)
  if (key !== 'reference' || others.length > 0 || typeof lookup.reference !== 'string')
    return unreadable(`${where}.lookup:_id`, 'exactly one key is expected: a reference as text')
  return { where, reference: lookup.reference }
}

function parseParent(block: Json, table: Table, where: string): RecordRef | null | undefined {
  const { _id_parent: id, _parents: parents } = block
  const lookup = block['lookup:_id_parent']
  if (isGiven(parents) && !(Array.isArray(parents) && parents.length === 0)) refuse(`${where}._parents`, 'several parents are not available')
  for (const key of ['_child_idx', '_child_numbering']) if (isGiven(block[key])) refuse(`${where}.${key}`, 'an order of children is not available')
  if (!isGiven(id) && !isGiven(lookup)) return id === null || lookup === null ? null : undefined
  if (!table.hierarchical) return refuse(where, `${table.name} is not hierarchical, so its records have no parent`)
  if (isGiven(lookup)) return { table, where: `${where}.lookup:_id_parent`, ...parseLookup(table, lookup, `${where}.lookup:_id_parent`) }
  return parseRecordRef(table, { [table.name]: { _id: id } }, `${where}._id_parent`)
}

/** Moments of the envelope: full times. What is finer than a second is kept, since it is ours to keep. */
const MOMENT = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[zZ]|[+-]\d{2}:\d{2})?$/

function parseMoment(value: unknown, where: string): Date | null {
  if (!isGiven(value)) return null
  if (typeof value !== 'string' || !MOMENT.test(value)) return unreadable(where, 'a date with time is expected, such as 2006-01-02T15:04:05Z')
  const moment = new Date(/[zZ]$|[+-]\d{2}:\d{2}$/.test(value) ? value : `${value}Z`)
  if (Number.isNaN(moment.getTime()) || moment.getUTCFullYear() < 1) return unreadable(where, 'the calendar does not have this moment')
  return moment
}
