/** What the operations of resumable uploads share: the version is asked for first, and what an upload has become is told in headers. */
import { fail } from '@vitrine/domain/errors'
import type { ResumableUpload } from '@vitrine/domain/files/upload-store'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import { TUS_VERSION } from '../../middleware/tus-headers.ts'
import { exchange, TUS_EXTENSIONS, type Exchanged } from '../../tus/upload-exchange.ts'
import { signedIn } from '../signed-in.ts'

export const TUS_RESUMABLE = { 'Tus-Resumable': TUS_VERSION } as const

export function exchanged(c: Context<ServerEnv>, body: ReadableStream<Uint8Array> | null, id: string | null): Promise<Exchanged> {
  const version = c.req.header('tus-resumable') ?? ''
  if (version !== TUS_VERSION) fail('TusVersionUnsupported', { version })
  const ports = {
    uploads: c.var.tenant.resumableUploads,
    caller: signedIn(c),
    onUnfinished: (error: unknown) => c.var.log.warn({ err: error }, 'an upload is whole and has not become a file yet'),
  }
  return exchange(ports, c.req.raw, body, id)
}

/** The id of the file once there is one, and until then the time that the upload is kept. */
export function fateOf(upload: ResumableUpload | null) {
  if (!upload) return {}
  return upload.fileId === null ? { 'Upload-Expires': upload.expiresAt.toUTCString() } : { 'X-Vitrine-File-Id': upload.fileId }
}

export const offsetOf = ({ headers }: Exchanged): number => Number(headers.get('upload-offset'))

export const TUS_OFFER = { ...TUS_RESUMABLE, 'Tus-Version': TUS_VERSION, 'Tus-Extension': TUS_EXTENSIONS.join(',') } as const
