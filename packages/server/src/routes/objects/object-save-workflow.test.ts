/** Workflow rules over real saves: what they stop, ask, change and send. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk, gallery, record, to, type Gallery, type Saved } from '../../testing/gallery.ts'
import { testServer, type Answer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
let now = new Date('2026-06-01T12:00:00Z')
beforeAll(async () => {
  server = await testServer({ clock: () => now })
})
afterAll(() => server.close())

const ROOT = { user: { _generated_displayname: 'Root' } }
const SHOP = { _basetype: 'webhook', webhook: { name: 'shop', url: 'https://shop.example/', secret: 'sixteen signs or more' } }
const CALL = { type: 'webhook', info: { name: 'shop' } }
const rule = (more: object) => ({ type: 'process', operations: ['INSERT', 'UPDATE'], ...more })
const asking = (text: string, more: object = {}) => rule({ confirm: { 'en-US': text }, ...more })
const mailTo = (...recipients: object[]) => ({ type: 'email', info: { subject: { 'en-US': 'News' }, message: { 'en-US': 'Look.' }, recipients } })
const user = (_id: number) => ({ _basetype: 'user', user: { _id } })
const buttons = ({ body }: Answer<Saved>): Saved[] => body.tasks.flatMap((task: Saved) => task.buttons)
const answerTo = (answer: Answer<Saved>, name = 'confirmTransition') =>
  encodeURIComponent(buttons(answer).find((button) => button.name === name)?.value as string)

async function ruled(...rules: object[]) {
  const at = await gallery(server)
  const as = (token: string, query: string, ...blocks: object[]) =>
    at.api(
      'POST',
      `/api/v1/db/work?${query}`,
      blocks.map((block) => record('work', block)),
      { token },
    )
  const works = async () => (await at.api<Saved[]>('GET', '/api/v1/db/work/work__main/list')).body
  const tenant = server.database.tenant(at.id)
  return {
    ...at,
    as,
    works,
    save: (query: string, ...blocks: object[]) => as(at.token, query, ...blocks),
    rules: async (...list: object[]) => expectOk(await at.api<Saved[]>('POST', '/api/v1/transitions', list)).body,
    tags: async (...tags: object[]) => {
      const group = { _basetype: 'taggroup', taggroup: { type: 'choice', displayname: { 'en-US': 'State' } }, _tags: tags }
      const [saved] = expectOk(await at.api<Saved[]>('POST', '/api/v1/tags', [group])).body
      return saved._tags.map(({ _id }: Saved) => _id) as number[]
    },
    messages: () =>
      tenant.read(async (sql) => [
        ...(await sql<{ payload: Saved }[]>`select payload from webhook_delivery where instance_id = ${at.id} order by id`),
      ]),
    /** Addresses of the mails that are on their way. */
    mails: async () => {
      const jobs = await server.database.control.unsafe<{ data: Saved }[]>(`select data from vitrine_jobs.job where name = 'mail-send'`)
      return jobs.flatMap(({ data }) => (data.instance === at.id ? [data.payload.mail] : []))
    },
    started: rules.length > 0 ? expectOk(await at.api('POST', '/api/v1/transitions', rules)) : null,
  }
}

/** Somebody with an address, who gets mails. */
async function reader({ api }: Gallery, login: string): Promise<number> {
  const made = await api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login, email: `${login}@museum.example` } }])
  return expectOk(made).body[0].user._id as number
}

/** May do everything with works. */
async function keeper(
  at: Gallery,
  login: string,
  rights: object = { read: {}, write: {}, delete: {}, create: {}, mask: {}, acl: {}, change_owner: {} },
) {
  const person = await at.person(login)
  const types = (await at.api<Saved[]>('GET', '/api/v1/objecttype')).body
  const { objecttype, _acl } = types.find((type) => type.objecttype.name === 'work')
  const document = { _basetype: 'objecttype', objecttype: { _id: objecttype._id, _version: objecttype._version + 1 } }
  expectOk(await at.api('POST', '/api/v1/objecttype', [{ ...document, _acl: [...(_acl ?? []), { who: user(person.id), rights }] }]))
  return person
}

describe('a rule that rejects', () => {
  it('403: stops the whole request with its text, and still sends its mails, once', async () => {
    const at = await ruled()
    const anna = await reader(at, 'anna')
    const [reject] = await at.rules(rule({ type: 'reject', confirm: { 'en-US': 'Not on Mondays.' }, actions: [mailTo(user(anna)), CALL_LATER] }))
    const stopped = await at.save('', { reference: 'a' }, { reference: 'b' })
    expect(stopped).toMatchObject({
      status: 403,
      body: { code: 'TransitionRejected', error: 'Not on Mondays.', parameters: { transitionid: reject._id, operation: 'INSERT' } },
    })
    expect(await at.works()).toEqual([])
    // One for each record that it is about.
    expect((await at.mails()).map(({ to: address }) => address)).toEqual([['anna@museum.example'], ['anna@museum.example']])
    expect((await at.save('dry_run=1', { reference: 'a' })).body.code).toBe('TransitionRejected')
    expect(await at.mails()).toHaveLength(2)
  })

  it('403: stops a deletion the same way, and the record stays as it is', async () => {
    const at = await ruled()
    const anna = await reader(at, 'anna')
    const { work } = await at.saved('work', { reference: 'a' })
    await at.rules(rule({ type: 'reject', operations: ['DELETE'], confirm: { 'en-US': 'Never.' }, actions: [mailTo(user(anna))] }))
    const remove = (query = '') => at.api('DELETE', `/api/v1/db/work?${query}`, [[work._id, 1, null]])
    expect(await remove('dry_run=1')).toMatchObject({ status: 403 })
    expect(await at.mails()).toHaveLength(0)
    expect(await remove()).toMatchObject({ status: 403, body: { code: 'TransitionRejected', error: 'Never.' } })
    expect(await at.mails()).toHaveLength(1)
    expect((await at.works()).map((one) => one.work._version)).toEqual([1])
  })
})
const CALL_LATER = mailTo()

describe('a rule that asks', () => {
  it('202: stores nothing, and does once it is confirmed', async () => {
    const at = await ruled(asking('Are you sure?'))
    const asked = await at.save('', { reference: 'a' }, { reference: 'b' })
    expect([asked.status, asked.body.tasks.map(({ message }: Saved) => message)]).toEqual([202, ['Are you sure?']])
    expect(await at.works()).toEqual([])
    const token = answerTo(asked)
    expect((await at.save(`confirmTransition=${token}`, { reference: 'a' }, { reference: 'b' })).status).toBe(200)
    expect(await at.works()).toHaveLength(2)
  })

  it('202: asks again for another request, another caller, a token that is made up, and after ten minutes', async () => {
    const at = await ruled(asking('Are you sure?'))
    const [ben, carl] = [await keeper(at, 'ben'), await keeper(at, 'carl')]
    const made = await at.api('PUT', '/api/v1/collection', { _basetype: 'collection', collection: {} }, { token: ben.token })
    const own = expectOk(made).body.collection._id as number
    const token = answerTo(await at.as(ben.token, '', { reference: 'a' }))
    const confirmed = `confirmTransition=${token}`
    expect((await at.as(ben.token, confirmed, { reference: 'b' })).status).toBe(202)
    expect((await at.as(ben.token, `${confirmed}&skip_constraints=1`, { reference: 'a' })).status).toBe(202)
    expect((await at.as(ben.token, `${confirmed}&collection=${own}`, { reference: 'a' })).status).toBe(202)
    expect((await at.as(carl.token, confirmed, { reference: 'a' })).status).toBe(202)
    expect((await at.as(ben.token, `${confirmed}x`, { reference: 'a' })).status).toBe(202)
    expect((await at.as(ben.token, 'confirmTransition=nonsense', { reference: 'a' })).status).toBe(202)
    const before = now
    now = new Date(before.getTime() + 601_000)
    const late = await at.as(ben.token, confirmed, { reference: 'a' })
    now = before
    expect(late.status).toBe(202)
    expect(await at.works()).toEqual([])
    expect((await at.as(ben.token, confirmed, { reference: 'a' })).status).toBe(200)
  })

  it('202: asks again once the record or the rule has changed', async () => {
    const at = await ruled()
    const { work } = await at.saved('work', { reference: 'a' })
    const [known] = await at.rules(asking('Are you sure?', { operations: ['UPDATE'] }))
    const edit = (query: string) => at.api('POST', `/api/v1/db/work?${query}`, [record('work', { _id: [work._id], title: { 'en-US': 'x' } })])
    const first = answerTo(await edit(''))
    await at.rules()
    await at.saved('work', { _id: work._id, _version: 2, reference: 'b' })
    await at.rules(known)
    const second = await edit(`confirmTransition=${first}`)
    expect(second.status).toBe(202)
    await at.rules({ ...known, actions: [mailTo()] })
    expect((await edit(`confirmTransition=${answerTo(second)}`)).status).toBe(202)
  })

  it('202: asks along with the loss of access, and one answer holds for both', async () => {
    const at = await ruled(asking('Are you sure?', { operations: ['UPDATE'] }))
    const ben = await keeper(at, 'ben', { mask: {}, acl: {} })
    const { work } = await at.saved('work', { reference: 'a' }, { _acl: [{ who: user(ben.id), rights: { write: {} } }] })
    const body = [record('work', { _id: work._id, _version: 2, reference: 'a' }, { _acl: [] })]
    const leave = (query = '') => at.api('POST', `/api/v1/db/work?${query}`, body, { token: ben.token })
    const asked = await leave()
    expect([asked.status, asked.body.tasks?.length]).toEqual([202, 2])
    const both = answerTo(asked, 'revoke:confirmTransition')
    expect((await leave('revoke=yes')).body.tasks).toHaveLength(1)
    // The other answer survives as a hidden button.
    expect(buttons(await leave('revoke=yes'))).toContainEqual({ text: '', hidden: true, name: 'revoke', value: 'yes' })
    expect((await leave(`revoke:confirmTransition=${both}`)).status).toBe(200)
    expect((await at.read('work', work._id)).work._version).toBe(2)
  })
})

describe('actions of rules', () => {
  it('set tags and the owner of what is stored, and the history knows of them', async () => {
    const at = await ruled()
    const anna = await reader(at, 'anna')
    const [draft, done] = (await at.tags({ reference: 'draft', is_default: true }, { reference: 'done' })) as [number, number]
    const changes = [
      { type: 'set_tags', info: { tags: [{ _id: done, set: true }] } },
      { type: 'change_owner', info: { owner: user(anna) } },
    ]
    await at.rules(rule({ operations: ['UPDATE'], actions: changes }))
    const made = await at.saved('work', { reference: 'a' })
    expect(made._tags).toMatchObject([{ _id: draft }])
    const sent = { _id: made.work._id, _version: 2, reference: 'b' }
    const tried = expectOk(await at.api<Saved[]>('POST', '/api/v1/db/work?dry_run=1&format=long', [record('work', sent)])).body[0]
    const saved = await at.saved('work', sent)
    for (const one of [tried, saved, await at.read('work', made.work._id)]) {
      expect(one._tags).toMatchObject([{ _id: done }])
      expect(one._owner).toMatchObject(user(anna))
    }
    const [newest, first] = expectOk(
      await at.api<Saved[]>('GET', `/api/v1/db/work/work__main/${made.work._id}?all_versions=1&format=full`),
    ).body.toSorted((a, b) => b.work._version - a.work._version)
    expect([newest._tags[0]._id, first._tags[0]._id]).toEqual([done, draft])
  })

  it('leave out owners who do not exist any more, and the record keeps the one it has', async () => {
    const at = await ruled()
    const anna = await reader(at, 'anna')
    const [group] = expectOk(
      await at.api<Saved[]>('POST', '/api/v1/group', [{ _basetype: 'group', group: { displayname: { 'en-US': 'Gone' } } }]),
    ).body
    const { work } = await at.saved('work', { reference: 'a' })
    const artist = await at.saved('person', { name: 'Ada' })
    const link = { artist: to('person', artist.person._id) }
    for (const owner of [user(anna), { _basetype: 'group', group: { _id: group.group._id } }]) {
      await at.rules(rule({ actions: [{ type: 'change_owner', info: { owner } }] }))
      const path = 'user' in owner ? `/api/v1/user/${anna}?delete_policy=delete` : `/api/v1/group/${group.group._id}`
      expectOk(await at.api('DELETE', path))
      expect((await at.saved('work', { _id: work._id, '_version:auto_increment': true, ...link }))._owner).toMatchObject(ROOT)
      expect((await at.saved('work', {}))._owner).toMatchObject(ROOT)
    }
    const [cleared] = await at.works()
    // The other side of the link was written as well.
    const { _id, _version } = (await at.read('person', artist.person._id)).person
    const removed = await at.api('DELETE', '/api/v1/db/person?delete_policy=setnull', [[_id, _version, null]])
    expect([removed.status, removed.body.setnull]).toEqual([200, [cleared._system_object_id]])
    expect((await at.read('work', work._id))._owner).toMatchObject(ROOT)
  })
})

describe('tags of rules', () => {
  it('are left out when they have just been removed', async () => {
    const at = await ruled()
    const [gone] = (await at.tags({ reference: 'gone' })) as [number]
    await at.rules(rule({ actions: [{ type: 'set_tags', info: { tags: [{ _id: gone, set: true }] } }] }))
    const { work } = await at.saved('work', {})
    expect((await at.read('work', work._id))._tags).toMatchObject([{ _id: gone }])
    // As if another request had removed it after this one read the rules.
    const tenant = server.database.tenant(at.id)
    await tenant.write((sql) => sql`delete from tag where instance_id = ${at.id} and id = ${gone}`)
    const fresh = await at.saved('work', {})
    const [stored] = await tenant.read(
      (sql) => sql`select tags from record where instance_id = ${at.id} and system_id = ${fresh._system_object_id as number}`,
    )
    expect(stored).toEqual({ tags: [] })
  })
})

describe('messages of rules', () => {
  it('are queued once, with the change, and neither by a dry run nor by a question', async () => {
    const at = await ruled()
    const anna = await reader(at, 'anna')
    expectOk(await at.api('POST', '/api/v1/webhook', [SHOP]))
    await at.rules(asking('Are you sure?', { actions: [CALL, mailTo(user(anna), { _owner: true })] }))
    const asked = await at.save('', { reference: 'a' }, { reference: 'b' })
    const confirmed = `confirmTransition=${answerTo(asked)}`
    expect((await at.save('dry_run=1', { reference: 'a' }, { reference: 'b' })).status).toBe(202)
    expect((await at.save(`dry_run=1&${confirmed}`, { reference: 'a' }, { reference: 'b' })).status).toBe(200)
    expect([await at.messages(), await at.mails()]).toEqual([[], []])
    const { body } = expectOk(await at.save(confirmed, { reference: 'a' }, { reference: 'b' }))
    const [message, ...more] = await at.messages()
    expect(more).toEqual([])
    expect(message?.payload.objects.map((one: Saved) => [one._system_object_id, one._operation, one.work])).toEqual(
      body.map((one: Saved) => [one._system_object_id, 'INSERT', { _id: one.work._id, _version: 1 }]),
    )
    expect((await at.mails()).map((mail) => mail.to)).toEqual([['anna@museum.example'], ['anna@museum.example']])
  })

  it('are not queued when the save fails after its rules', async () => {
    const at = await ruled()
    expectOk(await at.api('POST', '/api/v1/webhook', [SHOP]))
    await at.saved('work', { reference: 'a' })
    await at.rules(rule({ actions: [CALL] }))
    expect((await at.save('', { reference: 'a' })).body.code).toBe('DatabaseUniqueKeyViolation')
    expect(await at.messages()).toEqual([])
  })
})
