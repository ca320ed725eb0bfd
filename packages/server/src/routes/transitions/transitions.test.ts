import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

async function nobody({ api, signIn }: TestInstance): Promise<string> {
  const password = 'correct horse battery'
  const made = await api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'nobody' }, _password: password }])
  if (made.status !== 200) throw new Error(made.text)
  return signIn('nobody', password)
}

describe('workflow rules', () => {
  it('are what was saved, in its order', async () => {
    const { api } = await server.instance()
    const saved = await api('POST', '/api/v1/transitions', [
      { type: 'process', operations: ['INSERT'], confirm: { 'en-US': 'Sure?' } },
      { type: 'exit_reject' },
    ])
    expect(saved).toMatchObject({ status: 200, body: [{ type: 'process' }, { type: 'exit_reject' }] })
    expect(saved.headers.get('x-fylr-cache-id')).toMatch(/^[0-9a-f]+$/)
    expect(await api('GET', '/api/v1/transitions')).toMatchObject({ status: 200, body: saved.body })
  })

  it('are refused when they name what is not there', async () => {
    const { api } = await server.instance()
    for (const [action, code] of [
      [{ type: 'webhook', info: {} }, 'WebhookNotSelected'],
      [{ type: 'webhook', info: { name: 'x' } }, 'WebhookUnknown'],
      [{ type: 'change_owner', info: {} }, 'ChangeOwnerNotSelected'],
      [{ type: 'dance', info: {} }, 'ServerGeneric'],
    ] as const)
      expect(await api('POST', '/api/v1/transitions', [{ type: 'process', actions: [action] }])).toMatchObject({ status: 400, body: { code } })
  })

  it('belong to those who manage tags', async () => {
    const instance = await server.instance()
    const token = await nobody(instance)
    for (const method of ['GET', 'POST']) {
      const body = method === 'POST' ? [] : undefined
      expect(await instance.api(method, '/api/v1/transitions', body, { token })).toMatchObject({ status: 403, body: { code: 'SystemRightRequired' } })
      expect((await instance.api(method, '/api/v1/transitions', body, { token: null })).status).toBe(401)
    }
  })
})
