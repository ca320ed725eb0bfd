import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gallery, record, type Gallery } from '../../testing/gallery.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
let at: Gallery
beforeAll(async () => {
  server = await testServer()
  at = await gallery(server)
})
afterAll(() => server.close())

type Saved = (acl: object[]) => Promise<{ status: number; text: string }>
const root = { 'lookup:_id_parent': { reference: 'system:root' } }

describe.each<[string, string, Saved]>([
  ['pools', 'bag_read', (_acl) => at.api('POST', '/api/v1/pool', [{ _basetype: 'pool', pool: root, _acl }])],
  ['tags', 'read', (_acl) => at.api('POST', '/api/v1/tags', [{ taggroup: {}, _tags: [{ _acl }] }])],
  ['collections', 'bag_read', (_acl) => at.api('PUT', '/api/v1/collection', { _basetype: 'collection', collection: {}, _acl })],
  ['object types', 'read', (_acl) => at.api('POST', '/api/v1/objecttype', [{ _basetype: 'objecttype', objecttype: { _id: 1, _version: 2 }, _acl }])],
  ['records', 'read', (_acl) => at.api('POST', '/api/v1/db/work', [record('work', {}, { _acl })])],
  ['users', 'read', (_acl) => at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: {}, _acl }])],
  ['groups', 'bag_read', (_acl) => at.api('POST', '/api/v1/group', [{ _basetype: 'group', group: {}, _acl }])],
])('access lists of %s', (_, right, save) => {
  const entry = (when: object) => [{ who: { user: { 'lookup:_id': { reference: 'system:root' } } }, rights: { [right]: {} }, when }]

  it.each([
    { from: 'soon', to: null },
    { from: null, to: '2026-13-01' },
    { from: '2026-01-01T25:00', to: '2027' },
  ])('refuse a time that nobody can read: %o', async (when) => {
    const refused = await save(entry(when))
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('is no day and no time')])
  })

  it('take days, months and moments', async () => {
    const saved = await save(entry({ from: '2026-01', to: '2027-01-01T00:00:00Z' }))
    expect(saved.text).not.toContain('is no day and no time')
  })
})
