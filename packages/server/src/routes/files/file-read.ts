import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { formatOf } from '@vitrine/domain/files/descriptor'
import { isTrue } from '../booleans.ts'
import type { ServerEnv } from '../../env.ts'
import { urlWish } from './url-wish.ts'

export const fileRead: Handler<InstanceDocument, 'fileRead', ServerEnv> = async ({ params, query, c }, reply) => {
  const wish = { ...urlWish(c, query), format: formatOf(query.format), duplicates: isTrue(query.check_for_duplicates) }
  return reply.json(200, await c.var.tenant.files.readOne(params.fileId, c.var.caller, wish))
}
