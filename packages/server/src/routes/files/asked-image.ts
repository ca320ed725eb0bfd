/** An image that is made while the caller waits: of which version, and whether he has it already. */
import type { Deliverable } from '@vitrine/domain/files/delivery'
import { isUnchanged } from '@vitrine/domain/files/byte-range'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import type { AskedHeaders, AskedParams, AskedQuery } from './asked-version.ts'

export interface ImageParams extends AskedParams {
  readonly signature?: string | undefined
  readonly obj_uuid?: string | undefined
}

export interface FoundImage extends Deliverable {
  readonly headers: ReturnType<typeof headersOf>
  /** The caller's copy is still good. */
  readonly isUnchanged: boolean
}

export interface AskedImage {
  /** Tells this image from others of the same version. */
  readonly request: string
  /** Whether a version that there is not is not found, as the standard has it, instead of refused like a wrong address. */
  readonly unknownIsMissing: boolean
}

export async function foundImage(
  c: Context<ServerEnv>,
  params: ImageParams,
  query: Omit<AskedQuery, 'disposition'>,
  sent: AskedHeaders,
  { request, unknownIsMissing }: AskedImage,
): Promise<FoundImage> {
  const { delivery } = c.var.tenant
  const signature = query['x-fylr-signature'] ?? sent['X-Fylr-Signature'] ?? params.signature ?? null
  const recordUuid = params.obj_uuid ?? query.obj_uuid ?? null
  const { fileId, hash, version: name } = params
  const found = await delivery.find({ fileId, hash, version: name, signature, recordUuid, unknownIsMissing }, c.var.caller, true)
  delivery.demandBytes(found)
  const { version } = found
  const etag = `"${version.hash.slice(0, 32)}-${request}"`
  const now = { etag, lastModified: version.uploadedAt }
  return {
    ...found,
    isUnchanged: isUnchanged({ ifNoneMatch: sent['If-None-Match'], ifModifiedSince: sent['If-Modified-Since'] }, now),
    headers: headersOf(etag, version.uploadedAt, version.locationId, signature !== null),
  }
}

const headersOf = (etag: string, made: Date, locationId: number | null, isSigned: boolean) => ({
  // Weak: it is made anew each time, and another version of the server may compress it in another way.
  ETag: `W/${etag}`,
  'Last-Modified': made.toUTCString(),
  'Cache-Control': isSigned ? 'private, max-age=3600' : 'private, no-cache',
  'X-Fylr-Storage-Location': String(locationId ?? 'remote'),
})
