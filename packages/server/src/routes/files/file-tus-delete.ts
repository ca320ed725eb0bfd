import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { exchanged, TUS_RESUMABLE } from './tus.ts'

export const fileTusDelete: Handler<InstanceDocument, 'fileTusDelete', ServerEnv> = async ({ params, c }, reply) => {
  await exchanged(c, null, params.uploadId)
  return reply.empty(204, TUS_RESUMABLE)
}
