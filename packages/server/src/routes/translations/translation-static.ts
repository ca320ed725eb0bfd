import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { staticTexts } from '@vitrine/domain/datamodel/static-texts'
import type { ServerEnv } from '../../env.ts'

export const translationStatic: Handler<InstanceDocument, 'translationStatic', ServerEnv> = ({ params }, reply) =>
  reply.json(200, { [params.lang]: staticTexts(params.lang) })
