/** Questions of workflow rules before a save, alone and together with others. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk, gallery, record, type Gallery } from '../../testing/gallery.ts'
import { inconsistencies } from '../../testing/record-consistency.ts'
import { testServer, type Answer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

interface Button {
  readonly name?: string
  readonly value?: string
}
const buttonsOf = ({ body }: Answer<{ tasks: { buttons: Button[] }[] }>) => body.tasks.flatMap(({ buttons }) => buttons)
const tokenOf = (answer: Answer<{ tasks: { buttons: Button[] }[] }>, name = 'confirmTransition') =>
  encodeURIComponent(buttonsOf(answer).find((button) => button.name === name)?.value ?? '')

async function asking(...operations: string[]) {
  const at = await gallery(server)
  expectOk(await at.api('POST', '/api/v1/transitions', [{ type: 'process', operations, confirm: { 'en-US': 'Really?' } }]))
  return at
}

async function collection(at: Gallery, name: string) {
  const document = { _basetype: 'collection', collection: { displayname: { 'en-US': name }, objects_allowed: true } }
  return expectOk(await at.api('PUT', '/api/v1/collection', document)).body.collection._id as number
}

describe('a workflow rule that asks before a save', () => {
  it('202: stores nothing until it is answered, and takes the answer for the same request only', async () => {
    const at = await asking('INSERT', 'UPDATE')
    const post = (query: string, ...blocks: object[]) =>
      at.api(
        'POST',
        `/api/v1/db/work?${query}`,
        blocks.map((block) => record('work', block)),
      )
    const asked = await post('', { reference: 'a' }, { reference: 'b' })
    expect([asked.status, asked.body.tasks.length]).toEqual([202, 1])
    expect((await post('dry_run=1', { reference: 'a' })).status).toBe(202)
    const answer = `confirmTransition=${tokenOf(asked)}`
    expect((await post(answer, { reference: 'a' }, { reference: 'c' })).status).toBe(202)
    expect((await at.api('GET', '/api/v1/db/work/work__main/list')).body).toEqual([])
    const stored = expectOk(await post(answer, { reference: 'a' }, { reference: 'b' })).body as { work: { _id: number } }[]
    const _id = stored.map(({ work }) => work._id)
    const changed = await post('', { _id, title: { 'en-US': 'both' } })
    const groupAnswer = `confirmTransition=${tokenOf(changed)}`
    expect((await post(groupAnswer, { _id, title: { 'en-US': 'both' } })).status).toBe(200)
    expect(await inconsistencies(server, at)).toEqual([])
  })

  it('202: is asked again when the records are to go into another collection', async () => {
    const at = await asking('INSERT')
    const [one, other] = [await collection(at, 'one'), await collection(at, 'other')]
    const save = (query: string) => at.api('POST', `/api/v1/db/work?${query}`, [record('work', { reference: 'a' })])
    const asked = await save(`collection=${one}`)
    const answer = `confirmTransition=${tokenOf(asked)}`
    expect((await save(`collection=${other}&${answer}`)).status).toBe(202)
    expect((await save(`collection=${one}&${answer}`)).status).toBe(200)
  })

  it('202: is answered by one button together with the loss of access', async () => {
    const at = await asking('UPDATE')
    const user = await at.person('editor')
    const types = (await at.api('GET', '/api/v1/objecttype')).body as { objecttype: { _id: number; _version: number; name: string } }[]
    const type = types.find(({ objecttype }) => objecttype.name === 'work')?.objecttype
    const grants = [{ who: { user: { _id: user.id } }, rights: { mask: {}, acl: {} } }]
    const document = { _basetype: 'objecttype', objecttype: { _id: type?._id, _version: (type?._version ?? 0) + 1 }, _acl: grants }
    expectOk(await at.api('POST', '/api/v1/objecttype', [document]))
    const { work } = await at.saved('work', { reference: 'a' }, { _acl: [{ who: { user: { _id: user.id } }, rights: { read: {}, write: {} } }] })
    const give = (query: string) =>
      at.api('POST', `/api/v1/db/work?${query}`, [record('work', { _id: work._id, _version: 2, reference: 'b' }, { _acl: [] })], {
        token: user.token,
      })
    const asked = await give('')
    expect([asked.status, asked.body.tasks?.length]).toEqual([202, 2])
    const both = `revoke:confirmTransition=${tokenOf(asked, 'revoke:confirmTransition')}`
    expect((await give('revoke=yes')).status).toBe(202)
    expect((await give(both)).status).toBe(200)
    expect((await at.read('work', work._id)).work).toMatchObject({ _version: 2, reference: 'b' })
  })
})
