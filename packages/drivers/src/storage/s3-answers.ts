/** What S3 answers in XML. Keys are taken as text, whatever they look like, and come percent-encoded as they have been asked for. */
import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { XMLParser } from 'fast-xml-parser'

const PARSER = new XMLParser({ parseTagValue: false, trimValues: false, ignoreAttributes: true, isArray: (name) => REPEATED.has(name) })
const REPEATED = new Set(['Contents', 'Upload'])

export interface ListedObject {
  readonly key: string
  readonly sizeBytes: number
  readonly modifiedAt: Date | null
}

export interface ListedUpload {
  readonly key: string
  readonly uploadId: string
  readonly initiatedAt: Date | null
}

export function objectsIn(xml: string): { readonly objects: ListedObject[]; readonly next: string | null } {
  const result = rootOf(xml, 'ListBucketResult')
  const decode = decoderOf(result)
  const objects = elementsOf(result['Contents']).map((element) => {
    const sizeBytes = Number(textOf(element['Size']) || Number.NaN)
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw unreadable('an object without a size')
    return { key: decode(textOf(element['Key'])), sizeBytes, modifiedAt: dateOf(element['LastModified']) }
  })
  return { objects, next: isTruncated(result) ? textOf(result['NextContinuationToken']) : null }
}

export function uploadsIn(xml: string): {
  readonly uploads: ListedUpload[]
  readonly next: { readonly key: string; readonly uploadId: string } | null
} {
  const result = rootOf(xml, 'ListMultipartUploadsResult')
  const decode = decoderOf(result)
  const uploads = elementsOf(result['Upload']).map((element) => ({
    key: decode(textOf(element['Key'])),
    uploadId: textOf(element['UploadId']),
    initiatedAt: dateOf(element['Initiated']),
  }))
  const next = { key: decode(textOf(result['NextKeyMarker'])), uploadId: textOf(result['NextUploadIdMarker']) }
  return { uploads, next: isTruncated(result) ? next : null }
}

type Element = Readonly<Record<string, unknown>>

function rootOf(xml: string, name: string): Element {
  try {
    const root: unknown = (PARSER.parse(xml) as Element)[name]
    // An empty element is an empty text.
    if (root === '') return {}
    if (typeof root === 'object' && root !== null) return root as Element
  } catch (error) {
    throw unreadable(`no ${name}`, error)
  }
  throw unreadable(`no ${name}`)
}

const unreadable = (what: string, cause?: unknown) => new BlobFailure('unavailable', `the store answers what cannot be read: ${what}`, cause)
const elementsOf = (list: unknown): Element[] => (Array.isArray(list) ? (list as Element[]) : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const isTruncated = (result: Element): boolean => textOf(result['IsTruncated']).trim() === 'true'

/** Some stores do not encode although they were asked to; they say whether they did. */
function decoderOf(result: Element): (text: string) => string {
  if (textOf(result['EncodingType']).trim() !== 'url') return (text) => text
  return (text) => {
    try {
      return decodeURIComponent(text.replaceAll('+', ' '))
    } catch (error) {
      throw unreadable('a key with a wrong encoding', error)
    }
  }
}

function dateOf(value: unknown): Date | null {
  const date = new Date(textOf(value))
  return Number.isNaN(date.getTime()) ? null : date
}
