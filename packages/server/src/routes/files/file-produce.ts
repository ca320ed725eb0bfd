import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { ServerEnv } from '../../env.ts'
import { urlWish } from './url-wish.ts'

export const fileProduce: Handler<InstanceDocument, 'fileProduce', ServerEnv> = async ({ query, body, c }, reply) => {
  const { fileChanges, production, files } = c.var.tenant
  const parent = await fileChanges.demandRight(body.eas_parent_id || fail('EasNoParentID', {}), c.var.caller, query.obj_uuid ?? null)
  const made = await production.produceOriginal(parent, body, c.var.caller)
  const [document] = await files.own([made], { ...urlWish(c, query), format: 'long', duplicates: false })
  return reply.json(200, document ?? fail('EasNoParentID', {}))
}
