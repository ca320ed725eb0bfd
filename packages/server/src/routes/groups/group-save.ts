import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const groupSave: Handler<InstanceDocument, 'groupSave', ServerEnv> = async ({ body, c }, reply) =>
  reply.json(200, await c.var.tenant.groups.save(signedIn(c), body))

export const groupPut: Handler<InstanceDocument, 'groupPut', ServerEnv> = async ({ body, c }, reply) =>
  reply.json(200, await c.var.tenant.groups.save(signedIn(c), body))
