/** A file inside an archive, or what a folder in it holds, for whoever may download the archive. */
import type { ArchiveFile, ArchiveListing } from '@vitrine/domain/files/archive-files'
import { isUnchanged } from '@vitrine/domain/files/byte-range'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import type { AskedHeaders, AskedParams, AskedQuery } from './asked-version.ts'

export interface EntryHeaders {
  readonly ETag: string
  readonly 'Last-Modified': string
  readonly 'Cache-Control': string
  readonly 'X-Fylr-Storage-Location': string
}
export type AskedEntry = (ArchiveListing | ArchiveFile | { readonly kind: 'unchanged' }) & { readonly headers: EntryHeaders }

export async function askedEntry(
  c: Context<ServerEnv>,
  params: AskedParams & { readonly zippath: string },
  query: AskedQuery,
  sent: AskedHeaders,
): Promise<AskedEntry> {
  const { delivery, archiveFiles } = c.var.tenant
  const signature = query['x-fylr-signature'] ?? sent['X-Fylr-Signature'] ?? null
  const address = { fileId: params.fileId, hash: params.hash, version: params.version, signature, recordUuid: query.obj_uuid ?? null }
  const found = await delivery.find(address, c.var.caller, false)
  delivery.demandBytes(found)
  const { version } = found
  const etag = `"${version.hash.slice(0, 32)}-${encodeURIComponent(params.zippath)}"`
  const headers = {
    ETag: etag,
    'Last-Modified': version.uploadedAt.toUTCString(),
    'Cache-Control': signature === null ? 'private, no-cache' : 'private, max-age=3600',
    'X-Fylr-Storage-Location': String(version.locationId ?? 'remote'),
  }
  const now = { etag, lastModified: version.uploadedAt }
  if (isUnchanged({ ifNoneMatch: sent['If-None-Match'], ifModifiedSince: sent['If-Modified-Since'] }, now)) return { kind: 'unchanged', headers }
  return { ...(await archiveFiles.look(version, params.zippath)), headers }
}
