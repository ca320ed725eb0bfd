import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { failure, fake, json, tokens, type Seen } from '../test/fake-server.ts'
import { isVitrineError, memoryTokenStore, SignInError } from './index.ts'

const form = (seen: Seen | undefined): Record<string, string> => Object.fromEntries(new URLSearchParams(seen?.body))

describe('signing in', () => {
  it('asks for a session that renews itself and sends the token from then on', async () => {
    const { sdk, seen } = fake([tokens('a1', 'r1'), json([])])
    await sdk.signIn({ login: 'root', password: 'p&q=1' })
    await sdk.tagList()
    expect(form(seen[0])).toEqual({ grant_type: 'password', username: 'root', password: 'p&q=1', scope: 'offline', client_id: 'vitrine-cli' })
    expect(seen.map((s) => s.authorization)).toEqual([null, 'Bearer a1'])
  })

  it('reports refused credentials by the name of the standard', async () => {
    const { sdk } = fake([json({ error: 'invalid_grant', error_description: 'no' }, 400)])
    const error = await sdk.signIn({ login: 'root', password: 'x' }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(SignInError)
    expect(error).toMatchObject({ code: 'invalid_grant', message: 'no', status: 400 })
  })

  it('signs in through the browser with a proof that only it knows', async () => {
    const { sdk, seen } = fake([tokens('a1', 'r1')], { clientId: 'kiosk' })
    const redirectUri = 'http://127.0.0.1:9/back'
    const start = await sdk.startSignIn({ redirectUri })
    const query = new URL(start.url).searchParams
    expect(new URL(start.url).pathname).toBe('/api/oauth2/auth')
    expect(query.get('code_challenge')).toBe(createHash('sha256').update(start.codeVerifier).digest('base64url'))
    expect(query.get('state')).toBe(start.state)
    expect(start.codeVerifier).toMatch(/^[\w-]{43,128}$/)
    await sdk.signInWithCode({ code: 'c', codeVerifier: start.codeVerifier, redirectUri })
    expect(form(seen[0])).toMatchObject({ grant_type: 'authorization_code', code: 'c', code_verifier: start.codeVerifier, client_id: 'kiosk' })
  })

  it('ends both tokens and forgets them, even without a connection', async () => {
    const { sdk, seen } = fake([tokens('a1', 'r1'), new Response(null), new Response(null), json([])])
    await sdk.signIn({ login: 'root', password: 'x' })
    await sdk.signOut()
    await sdk.tagList()
    expect(seen.slice(1, 3).map((s) => form(s)['token'])).toEqual(['r1', 'a1'])
    expect(seen[3]?.authorization).toBeNull()

    const store = memoryTokenStore({ accessToken: 'a1' })
    const offline = fake([new TypeError('no network')], { tokenStore: store })
    await expect(offline.sdk.signOut()).rejects.toThrow('no connection')
    expect(store.load()).toBeUndefined()
  })
})

describe('renewing tokens', () => {
  /** Takes only the newest token; every renewal makes the next one. */
  function renewing() {
    const store = memoryTokenStore({ accessToken: 'a1', refreshToken: 'r1' })
    let current = 2
    const server = fake(
      async (seen) => {
        if (seen.path !== '/api/oauth2/token') return seen.authorization === `Bearer a${current}` ? json([]) : failure('UserRequired', 401)
        await new Promise((resolve) => setTimeout(resolve, 5))
        return form(seen)['refresh_token'] === `r${current - 1}` ? tokens(`a${current}`, `r${current}`) : json({ error: 'invalid_grant' }, 400)
      },
      { tokenStore: store },
    )
    return { ...server, store, outdate: () => (current += 1) }
  }

  it('renews once for all requests under way and repeats each of them once', async () => {
    const { sdk, seen } = renewing()
    await Promise.all(Array.from({ length: 8 }, () => sdk.tagList()))
    expect(seen.filter((s) => s.path === '/api/oauth2/token')).toHaveLength(1)
    expect(seen.filter((s) => s.path === '/api/v1/tags')).toHaveLength(16)
  })

  it('renews again when the next token has ended too', async () => {
    const { sdk, outdate, store } = renewing()
    await sdk.tagList()
    outdate()
    await sdk.tagList()
    expect(store.load()).toMatchObject({ accessToken: 'a3', refreshToken: 'r3' })
  })

  it('forgets a session that cannot be renewed and reports the first refusal', async () => {
    const store = memoryTokenStore({ accessToken: 'a1', refreshToken: 'gone' })
    const { sdk, seen } = fake([failure('UserRequired', 401), json({ error: 'invalid_grant' }, 400)], { tokenStore: store })
    await expect(sdk.tagList()).rejects.toSatisfy((error) => isVitrineError(error, 'UserRequired'))
    expect(seen).toHaveLength(2)
    expect(store.load()).toBeUndefined()
  })

  it('does not repeat a second time when the new token is refused as well', async () => {
    const tokenStore = memoryTokenStore({ accessToken: 'a1', refreshToken: 'r1' })
    const { sdk, seen } = fake([failure('InvalidToken', 400), tokens('a2', 'r2'), failure('InvalidToken', 400)], { tokenStore })
    await expect(sdk.userSession()).rejects.toThrow('InvalidToken')
    expect(seen).toHaveLength(3)
  })

  it('renews ahead of the end, and goes on with the old token while that is impossible', async () => {
    const tokenStore = memoryTokenStore({ accessToken: 'a1', refreshToken: 'r1', expiresAt: 1_010_000 })
    const { sdk, seen } = fake([new TypeError('no network'), json([]), tokens('a2', 'r2'), json([])], { tokenStore })
    await sdk.tagList()
    await sdk.tagList()
    expect(seen.map((s) => s.authorization)).toEqual([null, 'Bearer a1', null, 'Bearer a2'])
  })

  it('picks up what another client put into the store', async () => {
    const tokenStore = memoryTokenStore({ accessToken: 'a1', refreshToken: 'r1' })
    const { sdk, seen } = fake(
      [
        () => {
          void tokenStore.save({ accessToken: 'a9', refreshToken: 'r9' })
          return failure('UserRequired', 401)
        },
        json([]),
      ],
      { tokenStore },
    )
    await sdk.tagList()
    expect(seen.map((s) => s.authorization)).toEqual(['Bearer a1', 'Bearer a9'])
  })

  it('lets one caller leave without stopping the renewal of the others', async () => {
    const { sdk, seen } = renewing()
    const stop = new AbortController()
    const left = sdk.tagList({}, { signal: stop.signal })
    const stayed = sdk.tagList()
    setTimeout(() => stop.abort(new Error('left')), 2)
    await expect(left).rejects.toThrow('left')
    expect(await stayed).toEqual([])
    expect(seen.filter((s) => s.path === '/api/oauth2/token')).toHaveLength(1)
  })
})
