/** What clients may learn about a user. */
import type { Schemas } from '@vitrine/contract/instance'
import { displaynameOf, type Account } from '@vitrine/domain/people/account'

export type Claims = Schemas['UserInfo']
type Claim = Exclude<keyof Claims, 'sub'>

const FIELDS = [
  'first_name',
  'last_name',
  'company',
  'department',
  'phone',
  'address_supplement',
  'street',
  'house_number',
  'postal_code',
  'town',
  'state',
  'country',
] as const
export const ALL_CLAIMS: readonly Claim[] = ['displayname', 'email', 'email_verified', ...FIELDS]

/** Login, else address, else id. */
export const subjectOf = (account: Account): string => account.login ?? account.email ?? String(account.id)

export function claimsOf(account: Account, allowed: readonly Claim[]): Claims {
  const claims: Claims = { sub: subjectOf(account) }
  if (allowed.includes('displayname')) claims.displayname = displaynameOf(account)
  if (account.email !== null && allowed.includes('email')) {
    claims.email = account.email
    if (allowed.includes('email_verified')) claims.email_verified = typeof account.data['email_confirmed_at'] === 'string'
  }
  for (const field of FIELDS) {
    const value = account.data[field]
    if (typeof value === 'string' && value !== '' && allowed.includes(field)) claims[field] = value
  }
  return claims
}
