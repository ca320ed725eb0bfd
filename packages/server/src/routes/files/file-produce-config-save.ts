import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const fileProduceConfigSave: Handler<InstanceDocument, 'fileProduceConfigSave', ServerEnv> = async ({ body, c }, reply) =>
  reply.json(200, await c.var.tenant.produceConfigs.save(body.version, body.produce_config))
