import type { Passwords } from '@vitrine/domain/ports/passwords'
import { describe, expect, it } from 'vitest'
import { OAuthClients } from './clients.ts'

function clients() {
  const verified: string[] = []
  const passwords: Pick<Passwords, 'verify'> = {
    verify: (password) => {
      verified.push(password)
      return Promise.resolve(password === 'secret')
    },
  }
  const gateway = { id: 'gateway', redirectUris: [], secretHash: 'hash', scopes: [] }
  return { verified, of: new OAuthClients(passwords as Passwords, [gateway]) }
}

describe('a client that says who it is', () => {
  it('proves it by its secret, and without one only where it has none', async () => {
    const { of } = clients()
    const found = await Promise.all([
      of.authenticate('gateway', 'secret'),
      of.authenticate('gateway', 'wrong'),
      of.authenticate('gateway', undefined),
      of.authenticate('vitrine-cli', undefined),
      of.authenticate('vitrine-cli', 'secret'),
    ])
    expect(found.map((client) => client?.id)).toEqual(['gateway', undefined, undefined, 'vitrine-cli', undefined])
  })

  it('costs no slow hash when there is no such client', async () => {
    const { of, verified } = clients()
    expect(await of.authenticate('stranger', 'secret')).toBeUndefined()
    expect(verified).toEqual([])
  })
})
