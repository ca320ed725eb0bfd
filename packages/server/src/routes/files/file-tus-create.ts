import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'
import { exchanged, fateOf, offsetOf, TUS_RESUMABLE } from './tus.ts'

export const fileTusCreate: Handler<InstanceDocument, 'fileTusCreate', ServerEnv> = async ({ body, c }, reply) => {
  await c.var.tenant.resumableUploads.demandRight(signedIn(c))
  const done = await exchanged(c, body ?? null, null)
  return reply.empty(201, {
    ...TUS_RESUMABLE,
    Location: done.headers.get('location') ?? '',
    ...(body && { 'Upload-Offset': offsetOf(done) }),
    ...fateOf(done.upload),
  })
}
