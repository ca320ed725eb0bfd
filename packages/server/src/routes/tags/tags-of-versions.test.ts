import { afterAll, beforeAll, expect, it } from 'vitest'
import { museum } from '../../testing/museum.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

it('a tag for all versions stands on old ones as well, for as long as the newest has it; other tags stay where they were', async () => {
  const { api } = await museum(server)
  const group = { _basetype: 'taggroup', taggroup: { type: 'checkbox' }, _tags: [{ reference: 'one' }, { reference: 'all', type: 'all_versions' }] }
  const [one, all] = (await api('POST', '/api/v1/tags', [group])).body[0]._tags.map(({ _id }: { _id: number }) => _id)
  const pool = { 'lookup:_id': { reference: 'system:standard' } }
  const save = async (_version: number, ...tags: number[]) => {
    const work = { ...(_version > 1 && { _id: 1 }), _version, _pool: { pool } }
    const saved = await api('POST', '/api/v1/db/work', [{ _objecttype: 'work', _mask: '_all_fields', _tags: tags.map((_id) => ({ _id })), work }])
    expect([saved.status, saved.text]).toEqual([200, saved.text])
  }
  const tagsByVersion = async (): Promise<number[][]> => {
    const { body } = await api('GET', '/api/v1/db/work/_all_fields/1?all_versions=1&format=short')
    return body.map((version: { _tags?: { _id: number }[] }) => (version._tags ?? []).map(({ _id }) => _id))
  }
  await save(1, one)
  await save(2, all)
  expect(await tagsByVersion()).toEqual([[one, all], [all]])
  const [first] = (await api('GET', '/api/v1/db/work/_all_fields/1?version=1&format=short')).body
  expect(first._tags).toEqual([{ _id: one }, { _id: all }])
  await save(3)
  expect(await tagsByVersion()).toEqual([[one], [], []])
})
