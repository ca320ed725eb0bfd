import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { uploaded } from './uploaded.ts'

export const fileUpload: Handler<InstanceDocument, 'fileUpload', ServerEnv> = async ({ query, body, c }, reply) =>
  reply.json(200, await uploaded(c, query, body))
