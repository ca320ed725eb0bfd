import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'

export const userRead: Handler<InstanceDocument, 'userRead', ServerEnv> = async ({ params, query, c }, reply) =>
  reply.json(200, [await c.var.tenant.users.read(signedIn(c), params.id, isTrue(query.include_password))])
