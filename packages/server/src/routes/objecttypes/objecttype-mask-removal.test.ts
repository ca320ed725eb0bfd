import { afterAll, beforeAll, expect, it } from 'vitest'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const mask = (name: string, is_preferred: boolean) => ({
  ...{ name, table_name_hint: 'collector', is_preferred },
  fields: [{ kind: 'field', column_name_hint: 'name', edit: { mode: 'edit' } }],
})

it('takes settings back that name a mask which is gone', async () => {
  const at = await server.instance()
  const commit = () => at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip')
  await at.api('POST', '/api/v1/schema/user/HEAD', {
    version: 1,
    type: 'user',
    tables: [{ name: 'collector', columns: [{ name: 'name', type: 'text' }] }],
  })
  const [main, brief] = (await at.api('POST', '/api/v1/mask/HEAD', { masks: [mask('main', true), mask('brief', false)] })).body.masks
  await commit()
  const settings = (_version: number, more: object) => [{ _basetype: 'objecttype', objecttype: { _id: main.table_id, _version }, ...more }]
  expect((await at.api('POST', '/api/v1/objecttype', settings(2, { _standard_masks: [brief.mask_id] }))).status).toBe(200)
  await at.api('POST', '/api/v1/mask/HEAD', { masks: [main] })
  expect((await commit()).status).toBe(200)
  const [read] = (await at.api('GET', `/api/v1/objecttype/${main.table_id}`)).body
  read.objecttype._version += 1
  expect((await at.api('POST', '/api/v1/objecttype', [read])).status).toBe(200)
  expect((await at.api('POST', '/api/v1/objecttype', settings(4, { _standard_masks: [77] }))).body.code).toBe('ServerGeneric')
})
