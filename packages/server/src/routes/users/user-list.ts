import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'

export const userList: Handler<InstanceDocument, 'userList', ServerEnv> = async ({ query, c }, reply) => {
  const filter = {
    limit: query.limit,
    offset: query.offset ?? 0,
    type: query.type,
    groupIds: query.group_ids?.split(',').map(Number),
    changedSince: moment('changed_since', query.changed_since),
    archivedSince: query.archived_since === 'null' ? null : moment('archived_since', query.archived_since),
  }
  return reply.json(200, await c.var.tenant.users.list(signedIn(c), filter, isTrue(query.include_password)))
}

function moment(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) fail('ServerGeneric', { msg: `query /${name}: is not a time`, where: 'query', pointer: `/${name}` })
  return date
}
