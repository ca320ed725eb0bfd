import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { formatOf } from '@vitrine/domain/files/descriptor'
import { isTrue } from '../booleans.ts'
import type { ServerEnv } from '../../env.ts'
import { isId, jsonList } from '../../http/json-query.ts'
import { urlWish } from './url-wish.ts'

export const fileList: Handler<InstanceDocument, 'fileList', ServerEnv> = async ({ query, c }, reply) => {
  const ids = jsonList('ids', query.ids, isId, 'ids').filter((id) => id !== null)
  const wish = { ...urlWish(c, query), format: formatOf(query.format), duplicates: isTrue(query.check_for_duplicates) }
  return reply.json(200, await c.var.tenant.files.read(ids, c.var.caller, wish))
}
