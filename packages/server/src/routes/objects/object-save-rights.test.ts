/** What a caller has to be allowed for a save, and what he is asked before he gives rights away. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk, gallery, record, to, type Gallery } from '../../testing/gallery.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { workshop } from '../../testing/workshop.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

type Rights = Record<string, object>
const EVERYTHING: Rights = { read: {}, write: {}, delete: {}, create: {}, mask: {}, acl: {}, change_owner: {} }

/** Gives a user rights on all records of a type that is not kept in pools. */
async function granted(at: Gallery, type: string, user: number, rights: Rights) {
  const { body } = await at.api('GET', '/api/v1/objecttype')
  const found = (body as { objecttype: { _id: number; _version: number; name: string } }[]).find(({ objecttype }) => objecttype.name === type)
  const { _id, _version } = found?.objecttype ?? { _id: 0, _version: 0 }
  const document = { _basetype: 'objecttype', objecttype: { _id, _version: _version + 1 }, _acl: [{ who: { user: { _id: user } }, rights }] }
  expectOk(await at.api('POST', '/api/v1/objecttype', [document]))
}

async function editor(rights: Rights, more: Record<string, Rights> = {}) {
  const at = await gallery(server)
  const user = await at.person('editor')
  await granted(at, 'work', user.id, rights)
  for (const [type, other] of Object.entries(more)) await granted(at, type, user.id, other)
  const as = (path: string, body: unknown) => at.api('POST', path, body, { token: user.token })
  return { at, user, save: (block: object, envelope: object = {}, query = '') => as(`/api/v1/db/work?${query}`, [record('work', block, envelope)]) }
}

describe('saving with rights on an object type', () => {
  it('200: counts what a new record above gives, in a dry run as well', async () => {
    const at = await workshop(server)
    const user = await at.person('editor')
    await granted(at, 'place', user.id, { create: {}, mask: {}, acl: {} })
    const _uuid = randomUUID()
    const _acl = [{ who: { user: { _id: user.id } }, rights: { read: {} } }]
    const request = [record('place', { name: 'above' }, { _uuid, _acl }), record('place', { name: 'below', 'lookup:_id_parent': { _uuid } })]
    const save = (query: string) => at.api('POST', `/api/v1/db/place?${query}`, request, { token: user.token })
    expect([(await save('dry_run=1')).status, (await save('')).status]).toEqual([200, 200])
  })

  it('403: takes the right to create, to write, and the mask', async () => {
    const { at, save } = await editor({ read: {}, mask: {} })
    expect(await save({ reference: 'a' })).toMatchObject({ status: 403, body: { code: 'ObjectInsufficientRights', parameters: { right: 'create' } } })
    const { work } = await at.saved('work', { reference: 'b' })
    const refused = await save({ _id: work._id, _version: 2, reference: 'c' })
    expect(refused.body.parameters).toMatchObject({ right: 'write', systemobjectid: expect.any(Number) as number })
    const other = await editor({ read: {}, write: {}, create: {} })
    expect((await other.save({ reference: 'a' })).body.parameters).toMatchObject({ right: 'mask' })
  })

  it('200: creates and changes what it gives rights on', async () => {
    const { save } = await editor(EVERYTHING)
    const made = expectOk(await save({ reference: 'a' })).body[0].work
    expect((await save({ _id: made._id, _version: 2, reference: 'b' })).status).toBe(200)
  })

  it('403: keeps `_all_fields` for root', async () => {
    const { save } = await editor(EVERYTHING)
    expect(await save({ reference: 'a' }, { _mask: '_all_fields' })).toMatchObject({ status: 403, body: { code: 'SystemRightRequired' } })
  })

  it('403: takes rights of their own to change the owner and the access list', async () => {
    const { at, user, save } = await editor({ read: {}, write: {}, mask: {} })
    const { work } = await at.saved('work', { reference: 'a' })
    const owner = await save({ _id: work._id, _version: 2, reference: 'a' }, { _owner: { user: { _id: user.id } } })
    expect(owner.body.parameters).toMatchObject({ right: 'change_owner' })
    const list = await save({ _id: work._id, _version: 2, reference: 'a' }, { _acl: [{ who: { user: { _id: user.id } }, rights: { delete: {} } }] })
    expect(list.body.parameters).toMatchObject({ right: 'acl' })
  })
})

describe('links to records that the caller may not read', () => {
  async function linked() {
    const all = await editor(EVERYTHING, { person: {} })
    const [ada, ben] = (
      await all.at.api(
        'POST',
        '/api/v1/db/person',
        ['Ada', 'Ben'].map((name) => record('person', { name })),
      )
    ).body.map(({ person }: { person: { _id: number } }) => person._id) as [number, number]
    const NOTES = '_nested:work__notes'
    const { work } = await all.at.saved('work', { reference: 'a', [NOTES]: [{ text: '1', source: to('person', ada) }, { text: '2' }] })
    const rows = work[NOTES] as { _uuid: string }[]
    return { ...all, ada, ben, NOTES, work, first: rows[0]?._uuid, second: rows[1]?._uuid }
  }

  it('may come back at the same place, also when rows move', async () => {
    const { save, ada, NOTES, work, first, second } = await linked()
    const rows = [
      { _uuid: second, text: '2' },
      { _uuid: first, text: 'changed', source: to('person', ada) },
    ]
    expect((await save({ _id: work._id, _version: 2, reference: 'a', [NOTES]: rows })).status).toBe(200)
  })

  it('403: are refused at any other place', async () => {
    const { save, ada, ben, NOTES, work, first, second } = await linked()
    const refused = async (block: object) => {
      const { status, body } = await save({ _id: work._id, _version: 2, reference: 'a', ...block })
      return [status, body.code, body.parameters.right]
    }
    const wrong = [403, 'ObjectInsufficientRights', 'read']
    expect(
      await refused({
        [NOTES]: [
          { _uuid: second, text: '2', source: to('person', ada) },
          { _uuid: first, text: '1' },
        ],
      }),
    ).toEqual(wrong)
    expect(await refused({ [NOTES]: [{ _uuid: first, text: '1', source: to('person', ben) }] })).toEqual(wrong)
    expect(await refused({ [NOTES]: [{ text: 'new row', source: to('person', ada) }] })).toEqual(wrong)
  })
})

describe('giving access away', () => {
  it('202: asks before the caller loses the record by its access list or owner, and does it when told so', async () => {
    const { at, user, save } = await editor({ create: {}, mask: {}, change_owner: {} })
    const mine = expectOk(await save({ reference: 'a' })).body[0].work
    const root = (await at.api('GET', '/api/v1/user/session')).body.user.user._id as number
    const away = { _owner: { user: { _id: root } } }
    const asked = await save({ _id: mine._id, _version: 2, reference: 'b' }, away)
    expect(asked).toMatchObject({ status: 202, body: { tasks: [{ buttons: [{ name: 'revoke', value: 'yes' }, { text: 'Cancel' }] }] } })
    expect((await at.read('work', mine._id)).work._version).toBe(1)
    expect((await save({ _id: mine._id, _version: 2, reference: 'b' }, away, 'revoke=yes')).status).toBe(200)
    const gone = await at.api('GET', `/api/v1/db/work/work__main/${mine._id}`, undefined, { token: user.token })
    expect(gone).toMatchObject({ status: 403, body: { code: 'ObjectInsufficientRights' } })
  })

  it('202: asks for a private list that shuts the caller out', async () => {
    const { at, save } = await editor({ ...EVERYTHING })
    const { work } = await at.saved('work', { reference: 'a' })
    expect((await save({ _id: work._id, _version: 2, reference: 'a' }, { _private_acl: true })).status).toBe(202)
    expect((await save({ _id: work._id, _version: 2, reference: 'a' }, { _private_acl: true }, 'revoke=yes')).status).toBe(200)
  })
})

describe('records that a save touches besides', () => {
  it('403: need rights as well: inside records to be deleted, partners to be written', async () => {
    const { at, save } = await editor(EVERYTHING, { person: { read: {} }, item: { read: {} } })
    const { person } = await at.saved('person', { name: 'Ada' })
    expect((await save({ artist: to('person', person._id) })).body.parameters).toMatchObject({ objecttype: 'person', right: 'write' })
    const { work } = await at.saved('work', { '_reverse_nested:item:work': [{ label: 'x' }] })
    expect((await save({ _id: work._id, _version: 2, '_reverse_nested:item:work': [] })).body.parameters).toMatchObject({
      ...{ objecttype: 'item', right: 'delete' },
    })
  })
})
