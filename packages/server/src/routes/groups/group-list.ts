import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

/** Without a login the list is empty, not refused: clients ask for it before anybody has signed in. */
export const groupList: Handler<InstanceDocument, 'groupList', ServerEnv> = async ({ query, c }, reply) => {
  const { caller, tenant } = c.var
  return reply.json(200, caller ? await tenant.groups.list(caller, { limit: query.limit, offset: query.offset, type: query.type }) : [])
}
