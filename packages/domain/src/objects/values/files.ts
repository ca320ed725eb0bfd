/**
 * Lists of files as they are sent: each entry names a file and says what clients keep for it in this place. Whatever else a
 * descriptor holds that was read before may come back with it and says nothing.
 */
import type { Schemas } from '@vitrine/contract/instance'
import { fail } from '../../errors.ts'
import { isObject } from './plain-json.ts'

export interface FileRef {
  readonly where: string
  /** Null where the file is named by its reference. */
  readonly id: number | null
  readonly reference: string | null
  /** Of one entry in a list at most. */
  readonly preferred: boolean
  readonly name: string | null
  readonly prefs: Readonly<Record<string, unknown>> | null
}

export const MOST_FILES_IN_FIELD = 1000
const LONGEST_NAME = 1000
const LONGEST_REFERENCE = 1000
const MOST_PREFS_BYTES = 10_000

const KEYS: Readonly<Record<keyof Schemas['File'], true>> = {
  ...{ _id: true, eas_parent_id: true, reference: true, upload_user: true, date_uploaded: true, best_date: true, filesize: true, status: true },
  ...{ status_msg: true, last_status_at: true, extension: true, class: true, class_extension: true, class_version_status: true, is_original: true },
  ...{ hash: true, technical_metadata: true, compiled: true, compiled_props: true, metadata: true, original_filepath: true },
  ...{ original_filename: true, original_filename_basename: true, versions: true, _duplicates: true, _linked_objects: true },
  ...{ _mapped_metadata: true, preferred: true, name: true, frontend_prefs: true, 'lookup:_id': true },
}

/** Undefined for a list without entries. */
export function parseFiles(value: unknown, where: string): readonly FileRef[] | undefined {
  if (!Array.isArray(value)) return unreadable(where, 'a list of files is expected')
  if (value.length > MOST_FILES_IN_FIELD) refuse(where, `a field holds at most ${MOST_FILES_IN_FIELD} files`)
  let hasPreferred = false
  const refs = value.map((entry: unknown, i): FileRef => {
    const ref = parseEntry(entry, `${where}[${i}]`)
    const preferred = ref.preferred && !hasPreferred
    hasPreferred ||= preferred
    return { ...ref, preferred }
  })
  return refs.length === 0 ? undefined : refs
}

function parseEntry(entry: unknown, where: string): FileRef {
  if (typeof entry === 'number') return { where, id: idOf(entry, where), reference: null, preferred: false, name: null, prefs: null }
  if (!isObject(entry)) return unreadable(where, 'an object with the _id of a file is expected')
  const other = Object.keys(entry).find((key) => !Object.hasOwn(KEYS, key))
  if (other !== undefined) return unreadable(where, `the key ${other} is not known here`)
  return {
    where,
    ...named(entry, where),
    preferred: preferredOf(entry['preferred'], `${where}.preferred`),
    name: nameOf(entry['name'], `${where}.name`),
    prefs: prefsOf(entry['frontend_prefs'], `${where}.frontend_prefs`),
  }
}

function named({ _id: id, 'lookup:_id': lookup }: Readonly<Record<string, unknown>>, where: string): Pick<FileRef, 'id' | 'reference'> {
  if (isGiven(id)) return { id: idOf(id, `${where}._id`), reference: null }
  if (!isGiven(lookup)) return unreadable(where, 'the _id of a file is expected')
  const reference = isObject(lookup) && Object.keys(lookup).length === 1 ? lookup['reference'] : undefined
  if (typeof reference !== 'string' || reference === '') return unreadable(`${where}.lookup:_id`, 'an object with a reference is expected')
  if (reference.length > LONGEST_REFERENCE) refuse(where, `references have at most ${LONGEST_REFERENCE} characters`)
  return { id: null, reference }
}

const isGiven = (value: unknown) => value !== undefined && value !== null

function idOf(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) return unreadable(where, 'a positive integer is expected')
  return value
}

function preferredOf(value: unknown, where: string): boolean {
  if (!isGiven(value)) return false
  return typeof value === 'boolean' ? value : unreadable(where, 'true or false is expected')
}

function nameOf(value: unknown, where: string): string | null {
  if (!isGiven(value) || value === '') return null
  if (typeof value !== 'string') return unreadable(where, 'a text is expected')
  return value.length > LONGEST_NAME ? refuse(where, `it is longer than ${LONGEST_NAME} characters`) : value
}

function prefsOf(value: unknown, where: string): FileRef['prefs'] {
  if (!isGiven(value)) return null
  if (!isObject(value)) return unreadable(where, 'an object is expected')
  if (Buffer.byteLength(JSON.stringify(value)) > MOST_PREFS_BYTES) refuse(where, `it has more than ${MOST_PREFS_BYTES} bytes`)
  return Object.keys(value).length === 0 ? null : value
}

const unreadable = (field: string, msg: string): never => fail('RecordUnmarshalJson', { field, msg })
const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })
