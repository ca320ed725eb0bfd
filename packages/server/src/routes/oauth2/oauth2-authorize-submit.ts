import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import { page, refused } from './authorization-page.ts'
import { requestOrigin } from './request-origin.ts'

export const oauth2AuthorizeSubmit: Handler<InstanceDocument, 'oauth2AuthorizeSubmit', ServerEnv> = async ({ body, c }, reply) => {
  try {
    const { oauth2 } = c.var.tenant
    const origin = requestOrigin(c)
    const request = oauth2.authorization(body, origin)
    if (isForeignForm(c)) return reply.raw(200, 'text/html', page(c, request, 'Please sign in with this form.'))
    const result = await oauth2.submit(request, origin)
    return 'location' in result ? reply.empty(302, { Location: result.location }) : reply.raw(200, 'text/html', page(c, request, result.message))
  } catch (error) {
    const refusal = refused(error)
    return refusal.location === undefined ? reply.json(400, refusal.body) : reply.empty(302, { Location: refusal.location })
  }
}

/**
 * True for a form that a browser sends from another site: it could sign the visitor in as somebody else without being
 * noticed. Browsers say where a form comes from; programs that are no browsers say nothing and carry no visitor.
 */
function isForeignForm(c: Context<ServerEnv>): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const origin = c.req.header('origin')
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== c.req.header('host'))
}
