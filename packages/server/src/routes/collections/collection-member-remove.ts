import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const collectionMemberRemove: Handler<InstanceDocument, 'collectionMemberRemove', ServerEnv> = async ({ params, body, c }, reply) =>
  reply.json(200, await c.var.tenant.collectionMembers.remove(signedIn(c), params.collectionId, body))
