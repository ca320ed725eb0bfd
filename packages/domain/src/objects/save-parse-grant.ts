/**
 * Entries of access lists, wherever in a request they stand. The document describes those of the records of a request, but not those
 * of records inside them. The modifier that takes entries out needs neither a principal nor rights.
 */
import type { Grant } from '../people/stored-grants.ts'
import { unreadable } from './record-ref.ts'
import { isObject } from './values/plain-json.ts'
import { under } from './where.ts'

type Fits = (value: unknown) => boolean

const isId: Fits = (value) => Number.isSafeInteger(value)
const isText: Fits = (value) => typeof value === 'string'
const isFlag: Fits = (value) => typeof value === 'boolean'
const isIds: Fits = (value) => Array.isArray(value) && value.every(isId)
const orNull =
  (fits: Fits): Fits =>
  (value) =>
    value === null || fits(value)
const shaped =
  (parts: Readonly<Record<string, Fits>>): Fits =>
  (value) =>
    isObject(value) && Object.entries(value).every(([key, part]) => Object.hasOwn(parts, key) && parts[key]?.(part))

const isReference: Fits = (value) => isObject(value) && Object.keys(value).length === 1 && isText(value.reference)
/** A user or group is sent back as it was read, with more than what names it. */
const isNamed: Fits = (value) =>
  value === undefined ||
  (isObject(value) && (value._id === undefined || isId(value._id)) && (value['lookup:_id'] === undefined || isReference(value['lookup:_id'])))
const isPrincipal: Fits = (value) => isObject(value) && isNamed(value.user) && isNamed(value.group)
const isRights: Fits = (value) => isObject(value) && Object.values(value).every(isObject)

const PARTS: Readonly<Record<string, Fits>> = {
  ...{ _id: isId, who: isPrincipal, rights: isRights, sticky: isFlag, active: orNull(isFlag) },
  when: orNull(shaped({ from: orNull(isText), to: orNull(isText) })),
  tagfilter: orNull(shaped({ any: orNull(isIds), all: orNull(isIds), not: orNull(isIds), changed: orNull(isIds) })),
  _right_preset: orNull(isId),
  send_email_notification: orNull(isObject),
}

export function parseGrant(value: unknown, where: string): Partial<Grant> {
  if (!isObject(value)) return unreadable(where, 'a grant is expected')
  for (const [key, part] of Object.entries(value)) {
    const fits = Object.hasOwn(PARTS, key) ? PARTS[key] : unreadable(under(where, key), 'a grant has no such part')
    if (!fits?.(part)) unreadable(under(where, key), 'it does not have the form of this part of a grant')
  }
  return value
}
