/** Two instances on one server, with the same names and the same ids in both: neither ever sees anything of the other. */
import { filePorts } from '../testing/file-ports.ts'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../log.ts'
import { ROOT_PASSWORD, testServer, type TestInstance, type TestServer } from '../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const pair = () => Promise.all([server.instance(), server.instance()])
const MASK = '_all_fields'

/** Setting a test up has to work; when it does not, the answer says why. */
function demandOk({ status, text }: { status: number; text: string }): void {
  if (status !== 200) throw new Error(`${status} ${text}`)
}

/** A datamodel with one object type, whose single field has the given name. */
async function withDatamodel({ api }: TestInstance, field: string): Promise<void> {
  const head = (await api('GET', '/api/v1/schema/user/HEAD')).body
  const table = { name: 'thing', columns: [{ kind: 'column', name: field, type: 'text', not_null: false }], foreign_keys: [], unique_keys: [] }
  const saved = await api('POST', '/api/v1/schema/user/HEAD', { ...head, tables: [table] })
  demandOk(saved)
  const mask = {
    name: 'thing__all',
    table_name_hint: 'thing',
    is_preferred: true,
    system_fields: {},
    fields: [{ kind: 'field', column_name_hint: field, edit: { mode: 'edit' }, output: { detail: true } }],
  }
  const masks = await api('POST', '/api/v1/mask/HEAD', { masks: [mask] })
  demandOk(masks)
  const committed = await api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip')
  demandOk(committed)
}
async function recordsOf({ api }: TestInstance, field: string, values: string[]) {
  const saved = await api(
    'POST',
    '/api/v1/db/thing',
    values.map((value) => ({ _objecttype: 'thing', _mask: MASK, thing: { _version: 1, [field]: value } })),
  )
  demandOk(saved)
  return saved.body as { _system_object_id: number; _uuid: string; _global_object_id: string; thing: { _id: number } }[]
}

describe('two instances', () => {
  it('keep their people apart, and refuse each other’s tokens', async () => {
    const [one, other] = await pair()
    for (const [instance, first_name] of [
      [one, 'Ada'],
      [other, 'Zelda'],
    ] as const)
      expect(
        (
          await instance.api('POST', '/api/v1/user', [
            {
              _basetype: 'user',
              user: { login: 'same', email: 'same@example.org', reference: 'same', first_name },
              _password: `${first_name} has a password`,
            },
          ])
        ).status,
      ).toBe(200)
    expect((await one.api('GET', '/api/v1/user')).text).not.toContain('Zelda')
    await one.signIn('same', 'Ada has a password')
    await expect(other.signIn('same', 'Ada has a password')).rejects.toThrow('sign-in')
    expect(await other.api('GET', '/api/v1/user', undefined, { token: one.token })).toMatchObject({ status: 401, body: { code: 'UserRequired' } })
    expect(await other.api('GET', '/api/v1/pool', undefined, { token: one.token })).toMatchObject({ status: 401 })
    const introspected = await other.api('POST', '/api/oauth2/introspect', new URLSearchParams({ token: one.token, client_id: 'vitrine-cli' }))
    expect(introspected.text).not.toContain('"active":true')
    await other.api('POST', '/api/oauth2/revoke', new URLSearchParams({ token: one.token, client_id: 'vitrine-cli' }))
    expect((await one.api('GET', '/api/v1/user')).status).toBe(200)
  })

  it('keep their pools, tags and workflow rules apart', async () => {
    const [one, other] = await pair()
    const poolIn = async ({ api }: TestInstance, name: string) =>
      (
        await api('POST', '/api/v1/pool', [
          { _basetype: 'pool', pool: { 'lookup:_id_parent': { reference: 'system:standard' }, reference: 'same', name: { 'en-US': name } } },
        ])
      ).body[0].pool._id as number
    const ids = [await poolIn(one, 'One'), await poolIn(other, 'Other')]
    expect(ids[0]).toBe(ids[1])
    expect((await one.api('DELETE', `/api/v1/pool/${ids[0]}`)).status).toBe(200)
    expect(await other.api('GET', `/api/v1/pool/${ids[1]}`)).toMatchObject({ status: 200, body: [{ pool: { name: { 'en-US': 'Other' } } }] })
    await one.api('POST', '/api/v1/tags', [{ taggroup: { reference: 'same' }, _tags: [{ reference: 'same' }] }])
    await one.api('POST', '/api/v1/transitions', [{ type: 'reject' }])
    for (const path of ['/api/v1/tags', '/api/v1/transitions']) {
      expect((await other.api('GET', path)).body).toEqual([])
      expect((await other.api('POST', path, [])).status).toBe(200)
      expect((await one.api('GET', path)).body).toHaveLength(1)
    }
  })

  it('keep their datamodels and records apart, however a record is addressed', async () => {
    const [one, other] = await pair()
    await withDatamodel(one, 'title')
    expect((await other.api('GET', '/api/v1/schema/user/CURRENT')).text).not.toContain('title')
    await withDatamodel(other, 'name')
    const mine = await recordsOf(one, 'title', ['first', 'second'])
    const theirs = await recordsOf(other, 'name', ['secret of the other'])
    const last = mine[1] as (typeof mine)[number]
    expect(theirs[0]?._system_object_id).toBe(mine[0]?._system_object_id)
    for (const address of [
      `${last.thing._id}`,
      `system_object_id/${last._system_object_id}`,
      `global_object_id/${encodeURIComponent(last._global_object_id)}`,
    ]) {
      expect((await one.api('GET', `/api/v1/db/thing/${MASK}/${address}`)).text).toContain('second')
      expect((await other.api('GET', `/api/v1/db/thing/${MASK}/${address}`)).text).not.toContain('second')
    }
    const list = await one.api('GET', `/api/v1/db/thing/${MASK}/list`)
    expect(list.body).toHaveLength(2)
    expect(list.text).not.toContain('secret')
    expect((await one.api('DELETE', '/api/v1/db/thing', [[mine[0]?.thing._id, 1, null]])).status).toBe(200)
    expect((await other.api('GET', `/api/v1/db/thing/${MASK}/list`)).text).toContain('secret of the other')
  })
})

describe('an instance that is destroyed', () => {
  it('is gone at once on this server and within two seconds on another, and leaves the others alone', async () => {
    const [one, other] = await pair()
    // What a second server does with a request: the same database, its own memory.
    const { serverOn } = await import('../wire.ts')
    const { AesSecretBox } = await import('@vitrine/drivers/secrets')
    const { Argon2Passwords } = await import('@vitrine/drivers/passwords')
    const { Passphrase } = await import('../admin-middleware/passphrase.ts')
    const second = serverOn({
      database: server.database,
      passphrase: await Passphrase.fromText('unused here'),
      passwords: new Argon2Passwords({ memoryKib: 64, passes: 1, parallelism: 1 }),
      secretBox: new AesSecretBox('a key for tests that is long enough'),
      clock: () => new Date(),
      http: { fetch: () => Promise.reject(new Error('nothing is fetched here')), check: () => undefined, checkPlace: async () => undefined },
      mail: null,
      ...filePorts(),
      people: { guestLogin: false, externalUrl: null },
      defaultInstance: '',
      maxBodyBytes: 1024,
      version: 'second',
      log: createLogger('silent'),
    })
    expect((await second.tenants.find(one.domain))?.id).toBe(one.id)
    const destroyed = server.admin('DELETE', `/instances/${one.domain}`)
    while ((await server.instances.show(one.domain)).state === 'active') await pause(10)
    expect(await one.api('GET', '/api/v1/pool')).toMatchObject({ status: 404, body: { code: 'UnknownInstance' } })
    const noticed = Date.now() + 2000
    while (await second.tenants.find(one.domain)) expect(Date.now()).toBeLessThan((await pause(20), noticed))
    expect((await destroyed).status).toBe(204)
    expect((await other.api('GET', '/api/v1/pool')).status).toBe(200)
    await server.instances.create({ domain: one.domain, passphrase: ROOT_PASSWORD })
    expect(await one.api('GET', '/api/v1/pool')).toMatchObject({ status: 401 })
  })
})
