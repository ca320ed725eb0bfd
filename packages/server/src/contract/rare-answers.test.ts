/** Answers that are declared and that no other test has a reason to provoke, each through its own door. */
import { schema, table } from '@vitrine/testing/datamodels'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { museum, type Museum } from '../testing/museum.ts'
import { testServer, type TestServer } from '../testing/test-server.ts'

let server: TestServer
let at: Museum
beforeAll(async () => {
  server = await testServer()
  at = await museum(server)
})
afterAll(() => server.close())

const work = (block: object, more: object = {}) => [{ _objecttype: 'work', _mask: '_all_fields', work: block, ...more }]
const user = (login: string, more: object = {}) => [{ _basetype: 'user', user: { login, ...more }, _password: 'a long password' }]

describe('the datamodel', () => {
  it.each([
    ['SchemaDuplicateObjecttypeName', schema(table('thing', {}), table('thing', {}))],
    ['SchemaLoopingReverse', schema(table('aa', { bb: '=> bb' }), table('bb', { cc: '=> cc' }), table('cc', { aa: '=> aa' }))],
  ])('is refused with %s', async (code, document) => {
    const empty = await server.instance()
    const answer = await empty.api('POST', '/api/v1/schema/user/HEAD', document)
    expect([answer.status, answer.body.code]).toEqual([400, code])
  })
})

describe('records', () => {
  it('carry one tag of a choice', async () => {
    const tags = [{ reference: 'new' }, { reference: 'done' }]
    const saved = await at.api('POST', '/api/v1/tags', [{ _basetype: 'taggroup', taggroup: { reference: 'state', type: 'choice' }, _tags: tags }])
    const both = saved.body[0]._tags.map((tag: { _id: number }) => ({ _id: tag._id }))
    const _pool = { pool: { 'lookup:_id': { reference: 'system:standard' } } }
    const answer = await at.api('POST', '/api/v1/db/work', work({ _pool, reference: 'T1' }, { _tags: both }))
    expect([answer.status, answer.body.code]).toEqual([400, 'MultipleChoicesInTaggroup'])
  })

  it('keep their pool from being deleted', async () => {
    const { body: pools } = await at.api('GET', '/api/v1/pool')
    const parent = pools[0].pool._id
    const made = await at.api('POST', '/api/v1/pool', [{ _basetype: 'pool', pool: { _id_parent: parent, name: { 'en-US': 'Prints' } } }])
    const id = made.body[0].pool._id as number
    const saved = await at.api('POST', '/api/v1/db/work', work({ _pool: { pool: { _id: id } }, reference: 'P1' }))
    expect(saved.status).toBe(200)
    const answer = await at.api('DELETE', `/api/v1/pool/${id}`)
    expect([answer.status, answer.body.code]).toEqual([400, 'PoolNotEmpty'])
  })
})

describe('users, by PUT', () => {
  it.each([
    [409, 'UserDuplicateLogin', user('visitor')],
    [400, 'UserEmailMalformed', user('one', { email: 'nowhere' })],
    [400, 'UserTypeNotAllowed', user('two', { type: 'system' })],
    [400, 'UserNotFound', user('three', { _id: 99_999, _version: 2 })],
  ])('are refused with %i %s', async (status, code, body) => {
    const answer = await at.api('PUT', '/api/v1/user', body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })
})

describe('a server that stops', () => {
  it('is not ready, and says so without an instance', async () => {
    const stopping = await testServer()
    try {
      stopping.lifecycle.enter('stopping')
      const request = new Request('http://127.0.0.1/readyz')
      const response = await stopping.app.fetch(request)
      await stopping.checker.check(request, response)
      expect([response.status, await response.json()]).toEqual([503, { status: 'stopping' }])
    } finally {
      await stopping.close()
    }
  })
})
