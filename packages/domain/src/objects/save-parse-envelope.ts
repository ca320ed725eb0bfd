/** What stands around the content: owner, moments, remark, tags and access list. */
import type { Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { checkRights } from '../people/check-rights.ts'
import type { Grant } from '../people/stored-grants.ts'
import type { Problems } from './problems.ts'
import { requireId, unreadable } from './record-ref.ts'
import type { BaseRef, Draft, OwnerRef } from './save-draft.ts'
import { parseGrant } from './save-parse-grant.ts'
import { isObject } from './values/plain-json.ts'
import { under } from './where.ts'

type Json = Readonly<Record<string, unknown>>
type Envelope = Pick<Draft, 'owner' | 'createUser' | 'createdAt' | 'modifiedAt' | 'comment' | 'tags' | 'acl' | 'privateAcl'>

/** Keys that are written, and keys that only answers have. */
const KEYS = new Set([
  ...['_objecttype', '_mask', '_system_object_id', '_uuid', '_owner', '_create_user', '_created', '_last_modified', '_tags'],
  ...['_acl', '_private_acl', '_comment', '_tags:group_mode', '_acl:group_mode'],
  ...['_objecttype_display_name', '_mask_display_name', '_format', '_global_object_id', '_standard', '_latest_version', '_values'],
  ...['_latest_version_deleted_at', '_system_tags', '_has_acl', '_generated_rights', '_collections', '_changelog', '_published'],
  ...['_published_count', '_has_children', '_level', '_path', '_paths', '_score', '_sort', '_best_mask', '_current'],
  ...['_callback_context', '_purged_or_deferred', '_mapped_metadata_created', '_side_effects'],
])

export const isEnvelopeKey = (key: string): boolean => KEYS.has(key)

const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })
const isGiven = (value: unknown) => value !== undefined && value !== null

export function parseEnvelope(json: Json, table: Table, at: string, problems: Problems): Envelope {
  const read = <T>(key: string, parse: (value: unknown, where: string) => T): T | null =>
    isGiven(json[key]) ? (problems.attempt(under(at, key), () => parse(json[key], under(at, key))) ?? null) : null
  return {
    owner: read('_owner', parseOwner),
    createUser: read('_create_user', parseCreator),
    createdAt: read('_created', parseMoment),
    modifiedAt: read('_last_modified', parseMoment),
    comment: read('_comment', (value, where) => (typeof value === 'string' ? value : unreadable(where, 'a text is expected'))),
    // Types without tags pass them over: a client need not know which types have some.
    tags: table.hasTags ? read('_tags', parseTags) : null,
    acl: read('_acl', (value, where) => parseAcl(table, value, where)),
    privateAcl: read('_private_acl', (value, where) => parsePrivate(table, value, where)),
  }
}

function parseTags(value: unknown, where: string): readonly BaseRef[] {
  if (!Array.isArray(value)) return unreadable(where, 'a list of tags is expected')
  return value.map((tag: unknown, i) => parseBaseRef(tag, `${where}[${i}]`))
}

function parseOwner(value: unknown, where: string): OwnerRef {
  if (!isObject(value)) return unreadable(where, 'a user or group is expected')
  const kind = value.user !== undefined ? 'user' : value.group !== undefined ? 'group' : unreadable(where, 'a `user` or a `group` is expected')
  return { kind, ...parseBaseRef(value[kind], `${where}.${kind}`) }
}

function parseCreator(value: unknown, where: string): OwnerRef {
  const creator = parseOwner(value, where)
  return creator.kind === 'group' ? refuse(where, 'only a user can have made a record') : creator
}

/** A list for a type that has none would be taken for protection, so only the empty one is passed over. */
function parseAcl(table: Table, value: unknown, where: string): readonly Grant[] | null {
  if (!Array.isArray(value)) return unreadable(where, 'a list of grants is expected')
  if (!table.aclTable) return value.length === 0 ? null : refuse(where, `records of ${table.name} have no access lists of their own`)
  value.forEach((grant: unknown, i) => checkRights('object', parseGrant(grant, `${where}[${i}]`).rights ?? {}))
  return value as Grant[]
}

function parsePrivate(table: Table, value: unknown, where: string): boolean | null {
  if (typeof value !== 'boolean') return unreadable(where, 'true or false is expected')
  if (table.aclTable) return value
  return value ? refuse(where, `records of ${table.name} have no access lists of their own`) : null
}

export function parseBaseRef(value: unknown, where: string): BaseRef {
  if (!isObject(value)) return unreadable(where, 'an object with an _id is expected')
  if (isGiven(value._id)) return { where, id: requireId(value._id, under(where, '_id')) }
  const lookup = value['lookup:_id']
  if (!isObject(lookup)) return unreadable(where, 'an _id or a lookup:_id is expected')
  const [key, ...others] = Object.keys(lookup)
  if (key !== 'reference' || others.length > 0 || typeof lookup.reference !== 'string')
    return unreadable(under(where, 'lookup:_id'), 'exactly one key is expected: a reference as text')
  return { where, reference: lookup.reference }
}

/** Moments of the envelope: full times. What is finer than a second is kept, since it is ours to keep. */
const MOMENT = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[zZ]|[+-]\d{2}:\d{2})?$/

function parseMoment(value: unknown, where: string): Date {
  if (typeof value !== 'string' || !MOMENT.test(value)) return unreadable(where, 'a date with time is expected, such as 2006-01-02T15:04:05Z')
  const moment = new Date(/[zZ]$|[+-]\d{2}:\d{2}$/.test(value) ? value : `${value}Z`)
  if (Number.isNaN(moment.getTime()) || moment.getUTCFullYear() < 1) return unreadable(where, 'the calendar does not have this moment')
  return moment
}
