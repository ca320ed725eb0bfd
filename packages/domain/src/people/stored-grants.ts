/** Access lists on their way into storage, wherever they are kept. */
import type { Schemas } from '@vitrine/contract/instance'
import type { Counters } from '../ports/counters.ts'
import { checkGrants } from './check-rights.ts'
import { resolvePrincipals, type Principals } from './principals.ts'

export type Grant = Schemas['Grant']

export interface GrantPorts {
  readonly principals: Principals
  readonly counters: Counters
}

/** The list that a document of a user or group brings, unless it is the stored one. */
export function changedList(
  sent: readonly Grant[] | null | undefined,
  before: { readonly data: Readonly<Record<string, unknown>> } | undefined,
): readonly Grant[] {
  return sent && JSON.stringify(sent) !== JSON.stringify(before?.data['_acl'] ?? []) ? sent : []
}

/** Access lists as they are stored: checked, their people found, every entry with an id of its own. */
export async function storedGrants(
  context: 'pool' | 'tag' | 'collection' | 'objecttype-without-pool' | 'object' | 'user' | 'group',
  lists: readonly (readonly Grant[])[],
  ports: GrantPorts,
): Promise<Grant[][]> {
  const grants = lists.flat()
  checkGrants(context, grants)
  const who = await resolvePrincipals(
    grants.map((grant) => grant.who),
    ports.principals,
  )
  const fresh = await ports.counters.draw('grant', grants.filter((grant) => grant._id === undefined).length)
  const stored = grants.map((grant, i): Grant => {
    const { send_email_notification: _message, ...kept } = grant
    return { ...kept, _id: grant._id ?? (fresh.shift() as number), who: who[i] as Grant['who'] }
  })
  return lists.map((list) => stored.splice(0, list.length))
}
