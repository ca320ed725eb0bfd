import { createHash } from 'node:crypto'
import { instanceBytes, type InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

const ETAG = `"${createHash('sha256').update(instanceBytes).digest('base64url')}"`

/** The document itself, byte for byte as it was bundled; validators, routes and SDK come from the same bytes. */
export const systemSpec: Handler<InstanceDocument, 'systemSpec', ServerEnv> = ({ c }, reply) => {
  c.header('etag', ETAG)
  return reply.raw(200, 'application/json', instanceBytes)
}
