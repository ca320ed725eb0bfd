import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import { clientAddress } from '../../http/client-address.ts'
import type { Origin } from '../../oauth2/provider.ts'

/** Under which address the client has reached the instance, and from where. */
export const requestOrigin = (c: Context<ServerEnv>): Origin => ({ origin: new URL(c.req.url).origin, address: clientAddress(c) })
