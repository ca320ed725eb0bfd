/**
 * Who may call an operation: decided by the right its contract names, before anything of the request is looked at.
 * `public` asks nothing, `login` asks for a signed-in caller, anything else is a system right.
 */
import type { OperationEntry } from '@vitrine/contract'
import { fail } from '@vitrine/domain/errors'
import { holds } from '@vitrine/domain/people/caller'
import type { MiddlewareHandler } from 'hono'
import type { ServerEnv } from '../env.ts'

export const guard =
  ({ right }: OperationEntry): MiddlewareHandler<ServerEnv> =>
  async (c, next) => {
    if (right !== 'public') {
      const caller = c.var.caller ?? fail('UserRequired', {})
      if (right !== 'login' && !holds(caller.systemRights, right)) fail('SystemRightRequired', { rights: right })
    }
    await next()
  }
