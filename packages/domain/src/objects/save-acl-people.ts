/** Access lists of drafts with their people found and their entries numbered; none of that needs the records. */
import type { Principals } from '../people/principals.ts'
import { resolvePrincipals } from '../people/principals.ts'
import { storedGrants, type Grant } from '../people/stored-grants.ts'
import type { Counters } from '../ports/counters.ts'
import type { Problems } from './problems.ts'
import { unreadable } from './record-ref.ts'
import { draftsOf, type Draft, type Drafts } from './save-draft.ts'
import { under } from './where.ts'

interface Ports {
  readonly principals: Principals
  readonly counters: Counters
}

export async function withKnownPeople(drafts: Drafts, ports: Ports, problems: Problems): Promise<Drafts> {
  const named = drafts.all.filter(({ acl }) => acl !== null && acl.length > 0)
  if (named.length === 0) return drafts
  // Records that are changed together share one list as it was sent; each is looked up once.
  const lists = new Map<readonly Grant[], readonly Grant[]>()
  for (const draft of named) {
    const sent = draft.acl ?? []
    if (lists.has(sent)) continue
    try {
      lists.set(sent, await knownList(draft, sent, ports))
    } catch (error) {
      problems.keep(under(draft.at, '_acl'), error)
    }
  }
  const known = (draft: Draft): Draft => ({
    ...draft,
    acl: draft.acl && (lists.get(draft.acl) ?? draft.acl),
    reverse: draft.reverse.map((table) => ({ ...table, rows: table.rows.map(known) })),
  })
  return draftsOf(drafts.top.map(known))
}

async function knownList({ group, at }: Draft, sent: readonly Grant[], ports: Ports): Promise<readonly Grant[]> {
  if (group?.acl !== 'acl_remove') {
    sent.forEach((grant: Partial<Grant>, i) => {
      if (!grant.who || !grant.rights) unreadable(`${under(at, '_acl')}[${i}]`, 'an entry needs a principal and rights')
    })
    return (await storedGrants('object', [sent], ports))[0] ?? []
  }
  // What says which entries go need not name anybody.
  const named = sent.filter((grant) => (grant as Partial<Grant>).who)
  const who = await resolvePrincipals(
    named.map((grant) => grant.who),
    ports.principals,
  )
  const found = new Map(named.map((grant, i) => [grant, who[i]]))
  return sent.map((grant) => ({ ...grant, ...(found.has(grant) && { who: found.get(grant) as Grant['who'] }) }))
}
