/** What the metadata of a resumable upload says of the file. Keys that mean nothing here are kept with the upload and left alone. */
import { fail } from '../errors.ts'
import { baseName } from './file.ts'
import type { UploadMetadata } from './upload-store.ts'
import type { UploadWish } from './uploads.ts'

export interface ToldUpload {
  readonly wish: UploadWish
  /** Hex, in lower case: what the bytes have to have. */
  readonly sha256: string | null
}

const LONGEST_NAME = 1000
const LONGEST_REFERENCE = 1000
const MOST_PRIORITY = 2 ** 31 - 1
/** Switches travel as text. */
const ON = new Set(['1', 'true', 'yes', 'y'])

/** Fails with EasEmptyFilename, EasInvalidFilename or ServerGeneric. */
export function toldBy(metadata: UploadMetadata, sizeBytes: number | null): ToldUpload {
  const text = (key: string) => metadata[key] || null
  const wish: UploadWish = {
    filename: filenameOf(text('filename') ?? ''),
    reference: referenceOf(text('reference')),
    produceVersions: ON.has(text('produce_versions') ?? '1'),
    parentId: numberOf('id_parent', text('id_parent'), 1, Number.MAX_SAFE_INTEGER),
    versionName: text('version_name'),
    customProduceConfig: objectOf('custom_produce_config', text('custom_produce_config')),
    priority: numberOf('priority', text('priority'), -MOST_PRIORITY, MOST_PRIORITY) ?? 0,
    // A type that is told is a guess by the name; the content is looked at afterwards.
    contentType: null,
    ...(sizeBytes !== null && { sizeBytes }),
  }
  return { wish, sha256: checksumOf(text('sha256')) }
}

/** What cannot be kept, whatever it means. Fails with ServerGeneric. */
export function demandKeepable(metadata: UploadMetadata): void {
  for (const [key, value] of Object.entries(metadata)) if (`${key}${value ?? ''}`.includes('\0')) wrong(key, 'holds a character that cannot be kept')
}

function filenameOf(filename: string): string {
  if (baseName(filename).trim() === '') fail('EasEmptyFilename', {})
  if (filename.length > LONGEST_NAME || /\p{Cc}/u.test(filename)) fail('EasInvalidFilename', { filename: baseName(filename).slice(0, LONGEST_NAME) })
  return filename
}

function referenceOf(reference: string | null): string | null {
  return reference !== null && reference.length > LONGEST_REFERENCE ? wrong('reference', `has more than ${LONGEST_REFERENCE} characters`) : reference
}

function numberOf(key: string, text: string | null, least: number, most: number): number | null {
  if (text === null) return null
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  return number >= least && number <= most ? number : wrong(key, `is not a number from ${least} to ${most}`)
}

function objectOf(key: string, text: string | null): Readonly<Record<string, unknown>> | null {
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // What is no JSON is no object either.
  }
  return wrong(key, 'is not the JSON of an object')
}

function checksumOf(text: string | null): string | null {
  if (text !== null && !/^[\da-f]{64}$/i.test(text)) wrong('sha256', 'is not a SHA-256 in hex')
  return text?.toLowerCase() ?? null
}

const wrong = (key: string, what: string): never =>
  fail('ServerGeneric', { msg: `Upload-Metadata: ${key} ${what}`, where: 'header', pointer: '/Upload-Metadata' })
