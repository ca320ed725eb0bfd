import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import { isUnchanged, rangeOf } from '@vitrine/domain/files/byte-range'
import { contentDisposition, contentType } from '@vitrine/domain/files/content-headers'
import type { ServerEnv } from '../../env.ts'
import { nodeBody } from '../../http/node-body.ts'

export const fileDownload: Handler<InstanceDocument, 'fileDownload', ServerEnv> = async ({ params, query, headers, c }, reply) => {
  const { delivery } = c.var.tenant
  const signature = query['x-fylr-signature'] ?? headers['x-fylr-signature'] ?? null
  const address = { ...params, signature, recordUuid: query.obj_uuid ?? null }
  const found = await delivery.find(address, c.var.caller, query.disposition === 'inline')
  delivery.demandBytes(found)
  const { file, version, name } = found
  const [type, disposition] = [contentType(version), contentDisposition(file, version, name, query.disposition)]
  const now = { etag: `"${version.hash}"`, lastModified: version.uploadedAt }
  const common = {
    ETag: now.etag,
    'Last-Modified': now.lastModified.toUTCString(),
    // The bytes behind an address never change, but who may have them does.
    'Cache-Control': signature === null ? 'private, no-cache' : 'private, max-age=3600',
    'X-Fylr-Storage-Location': String(version.locationId ?? 'remote'),
  }
  if (isUnchanged({ ifNoneMatch: headers['If-None-Match'], ifModifiedSince: headers['If-Modified-Since'] }, now)) return reply.empty(304, common)
  const { 'X-Fylr-Storage-Location': place, 'Cache-Control': caching } = common
  const elsewhere = await delivery.elsewhere(version, { contentType: type, contentDisposition: disposition })
  if (elsewhere !== null) return reply.empty(302, { Location: elsewhere, 'Cache-Control': caching, 'X-Fylr-Storage-Location': place })
  const sizeBytes = version.sizeBytes ?? 0
  const range = rangeOf({ range: headers.Range, ifRange: headers['If-Range'] }, sizeBytes, now)
  if (range === 'unsatisfiable') return fail('RangeNotSatisfiable', { filesize: sizeBytes })
  const whole = { ...common, 'Accept-Ranges': 'bytes' as const, 'Content-Disposition': disposition }
  const body = c.req.method === 'HEAD' ? null : nodeBody(await delivery.open(version, range, c.req.raw.signal))
  if (range === null) return reply.raw(200, type, body, { ...whole, 'Content-Length': sizeBytes })
  const last = range.start + range.length - 1
  return reply.raw(206, type, body, { ...whole, 'Content-Length': range.length, 'Content-Range': `bytes ${range.start}-${last}/${sizeBytes}` })
}
