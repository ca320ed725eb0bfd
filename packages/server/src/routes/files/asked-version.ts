/** Which bytes a download asks for, and what is said about them: whether they are handed out, in part or whole, or not sent at all. */
import { fail } from '@vitrine/domain/errors'
import { isUnchanged, rangeOf } from '@vitrine/domain/files/byte-range'
import { contentDisposition, contentType } from '@vitrine/domain/files/content-headers'
import type { Deliverable } from '@vitrine/domain/files/delivery'
import type { StoredFile } from '@vitrine/domain/files/file'
import type { BlobRange } from '@vitrine/domain/ports/blob-store'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'

export interface AskedParams {
  readonly fileId: number
  readonly hash: string
  readonly version: string
}
export interface AskedQuery {
  readonly 'x-fylr-signature'?: string | undefined
  readonly obj_uuid?: string | undefined
  readonly disposition: 'inline' | 'attachment'
}
export interface AskedHeaders {
  readonly 'X-Fylr-Signature'?: string | undefined
  readonly Range?: string | undefined
  readonly 'If-Range'?: string | undefined
  readonly 'If-None-Match'?: string | undefined
  readonly 'If-Modified-Since'?: string | undefined
}

interface Bytes {
  readonly found: Deliverable
  readonly version: StoredFile
  readonly type: `${string}/${string}`
}
export type AskedAnswer =
  | { readonly kind: 'unchanged'; readonly headers: ReturnType<typeof commonHeaders> }
  | {
      readonly kind: 'elsewhere'
      readonly found: Deliverable
      readonly headers: { Location: string; 'Cache-Control': string; 'X-Fylr-Storage-Location': string }
    }
  | (Bytes & { readonly kind: 'whole'; readonly headers: Partial<ReturnType<typeof wholeHeaders>> })
  | (Bytes & { readonly kind: 'part'; readonly range: BlobRange; readonly headers: ReturnType<typeof wholeHeaders> & { 'Content-Range': string } })

export async function asked(c: Context<ServerEnv>, params: AskedParams, query: AskedQuery, sent: AskedHeaders): Promise<AskedAnswer> {
  const { delivery } = c.var.tenant
  const signature = query['x-fylr-signature'] ?? sent['X-Fylr-Signature'] ?? null
  const found = await delivery.find({ ...params, signature, recordUuid: query.obj_uuid ?? null }, c.var.caller, query.disposition === 'inline')
  delivery.demandBytes(found)
  const { file, version, name } = found
  const now = { etag: `"${version.hash}"`, lastModified: version.uploadedAt }
  const common = commonHeaders(version, signature !== null)
  if (isUnchanged({ ifNoneMatch: sent['If-None-Match'], ifModifiedSince: sent['If-Modified-Since'] }, now))
    return { kind: 'unchanged', headers: common }
  const [type, disposition] = [contentType(version), contentDisposition(file, version, name, query.disposition)]
  const elsewhere = await delivery.elsewhere(version, { contentType: type, contentDisposition: disposition })
  if (elsewhere !== null) {
    const { 'Cache-Control': caching, 'X-Fylr-Storage-Location': place } = common
    return { kind: 'elsewhere', found, headers: { Location: elsewhere, 'Cache-Control': caching, 'X-Fylr-Storage-Location': place } }
  }
  const sizeBytes = version.sizeBytes ?? 0
  // How long a file is that somebody else keeps shows when it comes.
  if (version.leave) return { kind: 'whole', found, version, type, headers: { ...common, 'Content-Disposition': disposition } }
  const range = rangeOf({ range: sent.Range, ifRange: sent['If-Range'] }, sizeBytes, now)
  if (range === 'unsatisfiable') return fail('RangeNotSatisfiable', { filesize: sizeBytes })
  const headers = wholeHeaders(common, disposition, range?.length ?? sizeBytes)
  if (range === null) return { kind: 'whole', found, version, type, headers }
  const contentRange = `bytes ${range.start}-${range.start + range.length - 1}/${sizeBytes}`
  return { kind: 'part', found, version, type, range, headers: { ...headers, 'Content-Range': contentRange } }
}

const commonHeaders = (version: StoredFile, isSigned: boolean) => ({
  ETag: `"${version.hash}"`,
  'Last-Modified': version.uploadedAt.toUTCString(),
  // The bytes behind an address never change, but who may have them does.
  'Cache-Control': isSigned ? 'private, max-age=3600' : 'private, no-cache',
  'X-Fylr-Storage-Location': String(version.locationId ?? 'remote'),
})

const wholeHeaders = (common: ReturnType<typeof commonHeaders>, disposition: string, length: number) => ({
  ...common,
  'Accept-Ranges': 'bytes' as const,
  'Content-Disposition': disposition,
  'Content-Length': length,
})
