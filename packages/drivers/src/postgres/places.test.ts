import { Places } from '@vitrine/domain/places/places'
import type { TagGroup } from '@vitrine/domain/tags/tag'
import { Confirmations } from '@vitrine/domain/workflow/confirmations'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PostgresObjecttypes } from './objecttypes.ts'
import { PostgresPlaces } from './places.ts'
import { PostgresPools } from './pools.ts'
import { PostgresSettings } from './settings.ts'
import { PostgresTags } from './tags.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'
import { PostgresTransitions } from './transitions.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const group: TagGroup = {
  ...{ id: 1, reference: 'state', type: 'choice', data: {} },
  tags: [
    {
      ...{ id: 5, version: 1, reference: 'draft' },
      data: { enabled: true, is_default: false, sticky: false, type: 'individual', displaytype: 'facet', _acl: [] },
    },
  ],
}

it('an instance without settings has none, at revision 0', async () => {
  const empty = { rules: [], tagGroups: [], pools: [], objecttypes: [] }
  expect(await new PostgresPlaces(db.instance()).read()).toEqual({ revision: 0, value: empty })
})

it('everything that decides about places is read in one go, and each change of it raises the revision', async () => {
  const tenant = db.instance()
  const source = new PostgresPlaces(tenant)
  const revisions: number[] = []
  const changed = async (change: Promise<unknown>) => {
    await change
    revisions.push((await source.read()).revision)
  }
  const at = { createdAt: new Date(0), updatedAt: new Date(0) }
  await changed(
    new PostgresTransitions(tenant).change((tx) =>
      tx.replace([
        { _id: 12, type: 'reject', operations: ['DELETE'] },
        { _id: 11, type: 'process' },
      ]),
    ),
  )
  await changed(new PostgresTags(tenant).change((tx) => tx.replace([group])))
  await changed(
    new PostgresPools(tenant).change((_, tx) =>
      tx.save([
        { ...at, id: 1, version: 1, parentId: null, reference: null, isSystem: true, fields: {}, settings: {} },
        {
          ...at,
          ...{ id: 2, version: 1, parentId: 1, reference: null, isSystem: false, fields: { contact: { user: { _id: 7 } } } },
          settings: { _private_tags: true, _tags: [{ _id: 5, enabled: false }], _transitions: [{ _id: 13, type: 'process' }] },
        },
      ]),
    ),
  )
  await changed(
    new PostgresObjecttypes(tenant).change((tx) =>
      tx.save([{ tableId: 4, version: 2, data: { fields: {}, settings: { _private_transitions: true } } }]),
    ),
  )
  expect(revisions).toEqual([1, 2, 3, 4])
  const { value } = await source.read()
  expect(value).toEqual({
    rules: [
      { _id: 12, type: 'reject', operations: ['DELETE'] },
      { _id: 11, type: 'process' },
    ],
    tagGroups: [group],
    pools: [
      { id: 1, parentId: null, contact: null },
      {
        ...{ id: 2, parentId: 1, contact: { user: { _id: 7 } }, _private_tags: true },
        ...{ _tags: [{ _id: 5, enabled: false }], _transitions: [{ _id: 13, type: 'process' }] },
      },
    ],
    objecttypes: [{ tableId: 4, _private_transitions: true }],
  })
  expect(new Places(value).haveRules).toBe(true)
})

it('two servers that make the key of an instance at once come to the same one, and other instances cannot use it', async () => {
  const [tenant, other] = [db.instance(), db.instance()]
  const secretBox = {
    seal: (text: string, context: string) => `${context}:${text}`,
    open: (sealed: string, context: string) => sealed.slice(context.length + 1),
  }
  const clock = () => new Date()
  const of = (at: typeof tenant) => new Confirmations({ settings: new PostgresSettings(at), secretBox, clock, instanceId: at.instanceId }).confirmer()
  const [one, two, foreign] = await Promise.all([of(tenant), of(tenant), of(other)])
  const question = { purpose: 'test', facts: [1] }
  const token = one.sign(question)
  expect([one, two, foreign].map((confirmer) => confirmer.isSigned(token, question))).toEqual([true, true, false])
  expect(one.isSigned(token, { ...question, purpose: 'other' })).toBe(false)
})
