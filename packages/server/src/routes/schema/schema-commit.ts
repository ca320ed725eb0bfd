import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const schemaCommit: Handler<InstanceDocument, 'schemaCommit', ServerEnv> = async ({ query, c }, reply) => {
  const question = await c.var.tenant.datamodels.commit({ reindex: query.reindex, confirmed: query.confirm === 'yes', actor: signedIn(c) })
  return question ? reply.json(202, question) : reply.json(200, { status: 'ok' })
}
