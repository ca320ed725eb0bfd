import { Writable } from 'node:stream'
import { testDatabase, type TestDatabase } from '@vitrine/drivers/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLogger } from '../../log.ts'
import { peopleApp, ROOT_PASSWORD } from '../../testing/people-app.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

it('writes no password, token or hash to the log, whether things go well or not', async () => {
  let written = ''
  const sink = new Writable({
    write(chunk, _, done) {
      written += String(chunk)
      done()
    },
  })
  const app = await peopleApp(database, {}, createLogger('trace', sink))
  const tokens = await app.signIn()
  const root = app.as(tokens.access_token)
  const secrets = ['a-secret-of-ada', 'a-wrong-secret', ROOT_PASSWORD, tokens.access_token, tokens.refresh_token, '$argon2id$']
  const ada = { _basetype: 'user', user: { login: 'ada' }, _password: 'a-secret-of-ada' }
  await root.send('POST', '/api/v1/user', [ada])
  expect((await root.send('POST', '/api/v1/user', [ada])).status).toBe(409)
  await root.send('POST', '/api/v1/user/change_password', { password: 'a-wrong-secret', new_password: 'a-secret-of-ada' })
  await app.form('/api/oauth2/token', { grant_type: 'password', username: 'root', password: 'a-wrong-secret', client_id: 'vitrine-cli' })
  await app.send(`/api/v1/user/session?access_token=${tokens.access_token}`)
  await app.form('/api/oauth2/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: 'vitrine-web' })
  await app.form('/api/oauth2/revoke', { token: tokens.access_token })
  expect(written).toContain('/api/oauth2/token')
  for (const secret of secrets) expect(written).not.toContain(secret)
})
