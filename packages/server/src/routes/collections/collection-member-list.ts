import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const collectionMemberList: Handler<InstanceDocument, 'collectionMemberList', ServerEnv> = async ({ params, query, c }, reply) =>
  reply.json(200, await c.var.tenant.collectionMembers.list(signedIn(c), params.collectionId, query))
