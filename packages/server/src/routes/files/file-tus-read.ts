import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { exchanged, fateOf, offsetOf, TUS_RESUMABLE } from './tus.ts'

export const fileTusRead: Handler<InstanceDocument, 'fileTusRead', ServerEnv> = async ({ params, c }, reply) => {
  const done = await exchanged(c, null, params.uploadId)
  const length = done.headers.get('upload-length')
  const metadata = done.headers.get('upload-metadata')
  return reply.empty(200, {
    ...TUS_RESUMABLE,
    'Upload-Offset': offsetOf(done),
    ...(length === null ? { 'Upload-Defer-Length': '1' as const } : { 'Upload-Length': Number(length) }),
    ...(metadata !== null && { 'Upload-Metadata': metadata }),
    ...fateOf(done.upload),
    'Cache-Control': 'no-store',
  })
}
