import { schema, table } from '@vitrine/testing/datamodels'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const archive = schema(table('place', { name: 'text', near: '-> place' }, { is_hierarchical: true }))
const place = (block: object) => ({ _objecttype: 'place', _mask: '_all_fields', place: block })

/** Two places, the second below the first. */
async function places(): Promise<TestInstance> {
  const at = await server.instance()
  await at.api('POST', '/api/v1/schema/user/HEAD', archive)
  await at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip')
  const saved = await at.api('POST', '/api/v1/db/place', [place({ _id: 1, name: 'a' }), place({ _id: 2, name: 'b', _id_parent: 1 })])
  expect(saved.status).toBe(200)
  return at
}

describe('DELETE /db/{objecttype}', () => {
  it('200: deletes records that nothing holds', async () => {
    const at = await places()
    const answer = await at.api('DELETE', '/api/v1/db/place', [[2, 1, 'no more']])
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ policy: '', removed: [expect.any(Number)], setnull: [] })
    expect((await at.api('GET', '/api/v1/db/place/_all_fields/2')).body).toEqual([])
    expect((await at.api('DELETE', '/api/v1/db/place', [[1, 1, null]])).status).toBe(200)
  })

  it('200: takes along what stands below', async () => {
    const at = await places()
    expect((await at.api('DELETE', '/api/v1/db/place', [[1, 1, null]])).body.removed).toHaveLength(2)
    expect((await at.api('GET', '/api/v1/db/place/_all_fields/list')).body).toEqual([])
  })

  it('202: asks what shall become of links', async () => {
    const at = await places()
    await at.api('POST', '/api/v1/db/place', [place({ _id: 3, near: { _objecttype: 'place', _mask: '_all_fields', place: { _id: 2 } } })])
    const answer = await at.api('DELETE', '/api/v1/db/place', [[2, 1, null]])
    expect(answer.status).toBe(202)
    expect(answer.body.tasks[0].form[0].options[0]).toMatchObject({ value: 'remove', disabled: false })
    expect((await at.api('GET', '/api/v1/db/place/_all_fields/2')).body).toHaveLength(1)
  })

  it.each<[string, string, unknown]>([
    ['UnknownObjecttype', 'nothing', [[1, 1, null]]],
    ['LookupNotFound', 'place', [[77, 1, null]]],
    ['VersionMismatch', 'place', [[2, 2, null]]],
    ['LookupNotFound', 'place?delete_policy=undelete', [[2, 1, null]]],
    ['LookupNotFound', 'place?delete_policy=purge', [[2, 1, null]]],
    ['ServerGeneric', 'place?delete_policy=shred', [[2, 1, null]]],
    ['ServerGeneric', 'place?dry_run=perhaps', [[2, 1, null]]],
    ['ServerGeneric', 'place', [[2, 1]]],
  ])('400 %s', async (code, path, body) => {
    const at = await places()
    const answer = await at.api('DELETE', `/api/v1/db/${path}`, body)
    expect([answer.status, answer.body.code]).toEqual([400, code])
  })

  it('401 without a caller', async () => {
    const at = await places()
    expect((await at.api('DELETE', '/api/v1/db/place', [[2, 1, null]], { token: null })).status).toBe(401)
  })

  it('403 for a caller who does not hold the record', async () => {
    const at = await places()
    const user = { _basetype: 'user', user: { login: 'ada' }, _password: 'a long enough password' }
    expect((await at.api('POST', '/api/v1/user', [user])).status).toBe(200)
    const token = await at.signIn('ada', 'a long enough password')
    const answer = await at.api('DELETE', '/api/v1/db/place', [[2, 1, null]], { token })
    expect([answer.status, answer.body.code, answer.body.parameters.right]).toEqual([403, 'ObjectInsufficientRights', 'delete'])
  })
})
