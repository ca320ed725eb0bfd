import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { isTrue } from '../booleans.ts'
import type { ServerEnv } from '../../env.ts'
import { urlWish } from './url-wish.ts'

export const fileChange: Handler<InstanceDocument, 'fileChange', ServerEnv> = async ({ params, query, body, c }, reply) => {
  const { fileChanges, files } = c.var.tenant
  const file = await fileChanges.demandRight(params.fileId, c.var.caller, null)
  if (isTrue(query.permission_check_only)) return reply.json(200, { status: { acknowledged: 'ok' } })
  await fileChanges.change(file, body, c.var.caller)
  return reply.json(200, await files.readOne(params.fileId, c.var.caller, { ...urlWish(c, query), format: 'standard', duplicates: false }))
}
