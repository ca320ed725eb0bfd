import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'
import { exchanged, fateOf, offsetOf, TUS_RESUMABLE } from './tus.ts'

export const fileTusWrite: Handler<InstanceDocument, 'fileTusWrite', ServerEnv> = async ({ params, body, c }, reply) => {
  await c.var.tenant.resumableUploads.demandRight(signedIn(c))
  const done = await exchanged(c, body, params.uploadId)
  return reply.empty(204, { ...TUS_RESUMABLE, 'Upload-Offset': offsetOf(done), ...fateOf(done.upload) })
}
