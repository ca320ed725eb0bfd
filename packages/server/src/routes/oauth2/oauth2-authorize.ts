import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { page, refused } from './authorization-page.ts'
import { requestOrigin } from './request-origin.ts'

/**
 * Shows the form. A password in the address is ignored: addresses are logged and kept, and a link must not be able to sign
 * somebody in as somebody else. Guests have none, so for them the answer comes at once.
 */
export const oauth2Authorize: Handler<InstanceDocument, 'oauth2Authorize', ServerEnv> = async ({ query, c }, reply) => {
  try {
    const { oauth2 } = c.var.tenant
    const origin = requestOrigin(c)
    const request = oauth2.authorization({ ...query, password: undefined }, origin)
    const result = await oauth2.submit(request, origin)
    return 'location' in result ? reply.empty(302, { Location: result.location }) : reply.raw(200, 'text/html', page(c, request))
  } catch (error) {
    const { location, body } = refused(error)
    return location === undefined ? reply.json(400, body) : reply.empty(302, { Location: location })
  }
}
