import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { clientAddress } from '../../http/client-address.ts'
import { signedIn } from '../signed-in.ts'

export const userChangePassword: Handler<InstanceDocument, 'userChangePassword', ServerEnv> = async ({ body, c }, reply) => {
  await c.var.tenant.users.changePassword(signedIn(c), body.password, body.new_password, clientAddress(c))
  return reply.json(200, { status: 'ok' })
}
