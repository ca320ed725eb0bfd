/**
 * What every answer to a resumable upload says besides itself, failures included: the version of the protocol, and that pages of
 * any origin may read it. They may, because nothing here is done by a cookie: whoever uploads has to know a token.
 */
import type { MiddlewareHandler } from 'hono'
import type { ServerEnv } from '../env.ts'

export const TUS_VERSION = '1.0.0'
export const TUS_PATHS = ['/api/v1/eas/tus', '/api/v1/eas/tus/:uploadId'] as const

const SENT = [
  'Authorization',
  'Content-Type',
  'Tus-Resumable',
  'Upload-Defer-Length',
  'Upload-Length',
  'Upload-Metadata',
  'Upload-Offset',
  'X-Fylr-Authorization',
  'X-Request-Id',
  'X-Requested-With',
].join(', ')
const ANSWERED = [
  'Location',
  'Tus-Extension',
  'Tus-Max-Size',
  'Tus-Resumable',
  'Tus-Version',
  'Upload-Defer-Length',
  'Upload-Expires',
  'Upload-Length',
  'Upload-Metadata',
  'Upload-Offset',
  'X-Request-Id',
  'X-Vitrine-File-Id',
].join(', ')
const DAY_SECONDS = 86_400

export const tusHeaders = (): MiddlewareHandler<ServerEnv> => async (c, next) => {
  await next()
  const { headers, status } = c.res
  headers.set('tus-resumable', TUS_VERSION)
  if (status === 412) headers.set('tus-version', TUS_VERSION)
  headers.set('access-control-allow-origin', '*')
  headers.set('access-control-expose-headers', ANSWERED)
  if (c.req.method !== 'OPTIONS') return
  headers.set('access-control-allow-methods', 'POST, HEAD, PATCH, DELETE, OPTIONS')
  headers.set('access-control-allow-headers', SENT)
  headers.set('access-control-max-age', String(DAY_SECONDS))
}
