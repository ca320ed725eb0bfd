/** Users and groups that documents name, as grants, owners and contacts. */
import type { Schemas } from '@vitrine/contract/instance'
import { fail } from '../errors.ts'

export type Principal = Schemas['Principal']

export interface PrincipalAddresses {
  readonly users: { readonly ids: readonly number[]; readonly references: readonly string[] }
  readonly groups: { readonly ids: readonly number[]; readonly references: readonly string[] }
}
export interface KnownPrincipal {
  readonly kind: 'user' | 'group'
  readonly id: number
  readonly reference: string | null
}

export interface Principals {
  /** Those of the addressed users and groups that exist, asked for in one go. */
  find(wanted: PrincipalAddresses): Promise<KnownPrincipal[]>
}

type Block = { _id?: number; 'lookup:_id'?: { reference: string } } | undefined

/** The same principals with ids instead of references and nothing else; refuses those that do not exist. */
export async function resolvePrincipals(documents: readonly Principal[], principals: Principals): Promise<Principal[]> {
  const addresses = (kind: 'user' | 'group') => {
    const blocks = documents.map((d): Block => d[kind])
    return { ids: blocks.flatMap((b) => b?._id ?? []), references: blocks.flatMap((b) => b?.['lookup:_id']?.reference ?? []) }
  }
  const wanted = { users: addresses('user'), groups: addresses('group') }
  const empty = Object.values(wanted).every((w) => w.ids.length + w.references.length === 0)
  const known = empty ? [] : await principals.find(wanted)
  return documents.map((document) => resolved(document, known))
}

function resolved(document: Principal, known: readonly KnownPrincipal[]): Principal {
  for (const kind of ['user', 'group'] as const) {
    const block: Block = document[kind]
    if (!block) continue
    const reference = block['lookup:_id']?.reference
    const found = known.find((k) => k.kind === kind && (reference === undefined ? k.id === block._id : k.reference === reference))
    const id =
      found?.id ?? fail('LookupNotFound', { key: reference === undefined ? '_id' : 'reference', value: String(reference ?? block._id ?? '') })
    return kind === 'user' ? { _basetype: 'user', user: { _id: id } } : { _basetype: 'group', group: { _id: id } }
  }
  if (document._owner) return { _owner: true }
  if (document._pool_contact) return { _pool_contact: true }
  return fail('ServerGeneric', { msg: 'a principal has to name a user, a group, the owner or the contact of the pool' })
}
