import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { uploaded } from './uploaded.ts'

/** The same as a PUT; both verbs are in use. */
export const fileUploadPost: Handler<InstanceDocument, 'fileUploadPost', ServerEnv> = async ({ query, body, c }, reply) =>
  reply.json(200, await uploaded(c, query, body))
