import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

interface EventBody {
  _basetype: 'event'
  event: { _id: number; type: string; timestamp: string; pollable: boolean } & Record<string, unknown>
  user?: { user: { _id: number } }
}
const draft = (type: string, more: object = {}) => ({ _basetype: 'event', event: { type, ...more } })
const ids = (events: readonly EventBody[]) => events.map(({ event }) => event._id)

/** An instance with somebody who may do nothing in particular, beside root; what happened before does not matter. */
async function instance() {
  const at = await server.instance()
  const password = 'a visitor has a password'
  const users = await at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'visitor' }, _password: password }])
  if (users.status !== 200) throw new Error(users.text)
  const visitor = await at.signIn('visitor', password)
  const as = { token: visitor }
  const add = async (...drafts: object[]) => {
    const { status, body, text } = await at.api<EventBody[]>('POST', '/api/v1/event/list?skip_constraints=1', drafts)
    if (status !== 200) throw new Error(text)
    return body
  }
  const list = async (query: string) => (await at.api<{ count: number; objects: EventBody[] }>('GET', `/api/v1/event/list?${query}`)).body
  const start = (await at.api('GET', '/api/v1/user/session')).body.current_max_event_id as number
  return { ...at, as, visitor, add, list, start, userId: users.body[0].user._id as number }
}

describe('adding events', () => {
  it('answers the event with its number, and takes nothing of what the server gives', async () => {
    const at = await instance()
    const sent = {
      ...draft('DETAIL_VIEW', { _id: 7, timestamp: '2001-01-01T00:00:00Z', pollable: true, info: { page: 3 }, object_id: 4 }),
      user: null,
    }
    const { status, body } = await at.api<EventBody>('POST', '/api/v1/event', sent, at.as)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      _basetype: 'event',
      event: { _id: at.start + 1, type: 'DETAIL_VIEW', pollable: false, info: { page: 3 }, object_id: 4 },
    })
    expect(new Date(body.event.timestamp).getFullYear()).toBeGreaterThan(2020)
    expect(body.user).toBeUndefined()
  })

  it('keeps what only the server says from everybody but root, who has to ask for it', async () => {
    const at = await instance()
    const refused = { status: 400, body: { code: 'EventTypeNotAllowed', parameters: { type: 'OBJECT_INSERT' } } }
    expect(await at.api('POST', '/api/v1/event', draft('OBJECT_INSERT'), at.as)).toMatchObject(refused)
    expect(await at.api('POST', '/api/v1/event?skip_constraints=1', draft('OBJECT_INSERT'), at.as)).toMatchObject(refused)
    expect(await at.api('POST', '/api/v1/event', draft('OBJECT_INSERT'))).toMatchObject(refused)
    expect(await at.api('POST', '/api/v1/event?skip_constraints=1', draft('MADE_UP'))).toMatchObject({ body: { code: 'EventTypeNotAllowed' } })
    const { body } = await at.api('POST', '/api/v1/event?skip_constraints=1', draft('OBJECT_INSERT', { system_object_id: 12 }))
    expect(body).toMatchObject({ event: { pollable: true, global_object_id: `12@${at.domain}` }, user: { user: { _generated_displayname: 'Root' } } })
  })

  it('adds a list as a whole and in its order, or nothing of it', async () => {
    const at = await instance()
    const wanted = Array.from({ length: 20 }, (_, i) => draft('SEARCH', { object_id: i }))
    const { body } = await at.api<EventBody[]>('POST', '/api/v1/event/list', wanted, at.as)
    expect(body.map(({ event }) => event['object_id'])).toEqual(wanted.map((_, i) => i))
    expect(ids(body)).toEqual(ids(body).toSorted((a, b) => a - b))
    expect(await at.api('POST', '/api/v1/event/list', [draft('SEARCH'), draft('TASK')], at.as)).toMatchObject({ status: 400 })
    expect((await at.list('type=SEARCH')).count).toBe(20)
    expect((await at.api('POST', '/api/v1/event/list', [], at.as)).body).toEqual([])
  })

  it('confirms in the background, and the events are there', async () => {
    const at = await instance()
    expect((await at.api('POST', '/api/v1/event?background=true', draft('SEARCH'), at.as)).body).toEqual({ background: 'ok' })
    expect((await at.api('POST', '/api/v1/event/list?background=true', [draft('SEARCH')], at.as)).body).toEqual({ background: 'ok' })
    expect((await at.list('type=SEARCH')).count).toBe(2)
  })

  it('refuses what would fill the log', async () => {
    const at = await instance()
    const { status, body } = await at.api('POST', '/api/v1/event', draft('SEARCH', { info: { text: 'x'.repeat(70_000) } }), at.as)
    expect([status, body.code]).toEqual([400, 'ServerGeneric'])
  })
})

describe('reading on', () => {
  it('answers pollable events after a number, oldest first, as many as asked for', async () => {
    const at = await instance()
    const added = await at.add(draft('POOL_UPDATE'), draft('TASK'), draft('TAG_UPDATE'), draft('GROUP_DELETE'))
    const [first, , third, fourth] = ids(added)
    const poll = async (from: number | undefined, query = '') =>
      ids((await at.api<EventBody[]>('GET', `/api/v1/event/poll/${from}${query}`, undefined, at.as)).body)
    expect(await poll(at.start)).toEqual([first, third, fourth])
    expect(await poll(at.start, '?limit=2')).toEqual([first, third])
    expect(await poll(first)).toEqual([third, fourth])
    expect(await poll(fourth)).toEqual([])
    expect(await poll(Number.MAX_SAFE_INTEGER)).toEqual([])
  })

  it('takes a limit of 25 for granted, and 1000 for one that makes no sense', async () => {
    const at = await instance()
    await at.add(...Array.from({ length: 1010 }, () => draft('POOL_UPDATE')))
    const count = async (query: string) => (await at.api<EventBody[]>('GET', `/api/v1/event/poll/${at.start}${query}`)).body.length
    expect([await count(''), await count('?limit=0'), await count('?limit=-5'), await count('?limit=1001'), await count('?limit=1000')]).toEqual([
      25, 1000, 1000, 1000, 1000,
    ])
  })

  it('shows the text of a record and addresses only to those who may read the whole log', async () => {
    const at = await instance()
    await at.add(draft('OBJECT_UPDATE', { system_object_id: 3, info: { standard: { '1': 'Secret' }, comment: 'moved' } }))
    const seen = async (token: string) => (await at.api<EventBody[]>('GET', `/api/v1/event/poll/${at.start}`, undefined, { token })).body[0]?.event
    expect(await seen(at.token)).toMatchObject({ info: { standard: { '1': 'Secret' }, comment: 'moved' } })
    expect(await seen(at.visitor)).toMatchObject({ system_object_id: 3, info: { comment: 'moved' } })
    expect(JSON.stringify(await seen(at.visitor))).not.toContain('Secret')
  })

  it('begins where the session says, before which nothing is', async () => {
    const at = await instance()
    await at.add(draft('POOL_UPDATE'))
    const { body } = await at.api('GET', '/api/v1/user/session')
    expect(body.current_max_event_id).toBe(at.start + 1)
    expect((await at.api('GET', `/api/v1/event/poll/${body.current_max_event_id}`)).body).toEqual([])
  })
})

describe('one event', () => {
  it('is answered and removed by its number', async () => {
    const at = await instance()
    const [added] = await at.add(draft('TASK', { info: { a: 1 } }))
    const path = `/api/v1/event/${added?.event._id}`
    expect((await at.api('GET', path)).body).toEqual(added)
    expect((await at.api('DELETE', path)).body).toEqual({ status: { acknowledged: 'ok' } })
    const missing = { status: 404, body: { code: 'EventNotFound', parameters: { event: added?.event._id } } }
    expect(await at.api('GET', path)).toMatchObject(missing)
    expect(await at.api('DELETE', path)).toMatchObject(missing)
  })

  it('needs the right for it, which is another one for removing', async () => {
    const at = await instance()
    const rights = async (system: object) =>
      at.api('POST', '/api/v1/user', [
        {
          _basetype: 'user',
          user: { _id: at.userId, _version: ((await at.api('GET', `/api/v1/user/${at.userId}`)).body[0].user._version as number) + 1 },
          _system_rights: system,
        },
      ])
    const [added] = await at.add(draft('TASK'))
    const path = `/api/v1/event/${added?.event._id}`
    expect(await at.api('GET', path, undefined, at.as)).toMatchObject({ status: 403, body: { parameters: { rights: 'system.api.event[get]' } } })
    expect((await rights({ 'system.api.event': { get: true } })).status).toBe(200)
    expect((await at.api('GET', path, undefined, at.as)).status).toBe(200)
    expect((await at.api('GET', '/api/v1/event/list', undefined, at.as)).status).toBe(200)
    for (const address of [path, '/api/v1/event/list'])
      expect(await at.api('DELETE', address, undefined, at.as)).toMatchObject({
        status: 403,
        body: { parameters: { rights: 'system.api.event[delete]' } },
      })
    for (const [method, address] of [
      ['GET', path],
      ['GET', '/api/v1/event/poll/0'],
      ['GET', '/api/v1/event/stream'],
      ['GET', '/api/v1/event/list'],
      ['DELETE', path],
      ['DELETE', '/api/v1/event/list'],
    ] as const)
      expect(await at.api(method, address, undefined, { token: null })).toMatchObject({ status: 401, body: { code: 'UserRequired' } })
    for (const address of ['/api/v1/event', '/api/v1/event/list'])
      expect(await at.api('POST', address, undefined, { token: null })).toMatchObject({ status: 401 })
  })
})

describe('searching', () => {
  it('answers the newest first, a page with the number of all', async () => {
    const at = await instance()
    const added = ids(await at.add(draft('TASK'), draft('TASK'), draft('TASK')))
    const page = await at.list('type=TASK&limit=2')
    expect(page).toMatchObject({ count: 3, limit: 2, offset: 0 })
    expect(ids(page.objects)).toEqual([added[2], added[1]])
    expect(ids((await at.list('type=TASK&limit=2&offset=2')).objects)).toEqual([added[0]])
    expect(ids((await at.list('type=TASK&sort=_id.ASC')).objects)).toEqual(added)
    expect(await at.list('type=TASK_ERROR')).toEqual({ count: 0, limit: 1000, offset: 0, objects: [] })
  })

  it('filters by everything an event says', async () => {
    const at = await instance()
    const added = await at.add(
      draft('OBJECT_INSERT', { basetype: 'object', objecttype: 'artwork', object_id: 5, system_object_id: 50 }),
      draft('OBJECT_DELETE', { basetype: 'object', objecttype: 'place', object_id: 6, system_object_id: 60 }),
      draft('POOL_UPDATE', { basetype: 'pool', object_id: 5 }),
      draft('SEARCH'),
    )
    const [insert, remove, pool, search] = ids(added) as [number, number, number, number]
    const root = added[0]?.user?.user._id as number
    const rootGroups = (await at.api('GET', `/api/v1/user/${root}`)).body[0]._groups as { group: { _id: number } }[]
    const found = async (query: string) => ids((await at.list(`id=${insert}-&sort=_id.ASC&${query}`)).objects)
    expect(await found('type=OBJECT_INSERT,SEARCH')).toEqual([insert, search])
    expect(await found('basetype=object')).toEqual([insert, remove])
    expect(await found('objecttype=place,artwork')).toEqual([insert, remove])
    expect(await found('object_id=5')).toEqual([insert, pool])
    expect(await found('system_object_id=51-100')).toEqual([remove])
    expect(await found('system_object_id=-50,60')).toEqual([insert, remove])
    expect(await found(`user_id=${root}`)).toEqual([insert, remove, pool])
    expect(await found('user_type=system')).toEqual([insert, remove, pool])
    expect(await found('user_type=easydb')).toEqual([])
    expect(await found(`group_id=${rootGroups[0]?.group._id}`)).toEqual([insert, remove, pool])
    expect(await found('group_id=999999')).toEqual([])
    expect(await found('pollable=false')).toEqual([search])
    expect(await found('pollable=1&basetype=pool')).toEqual([pool])
    expect(ids((await at.list(`id=${insert},${pool}-${search}`)).objects)).toEqual([search, pool, insert])
    expect(await found('type=')).toEqual([insert, remove, pool, search])
  })

  it('filters by time, with both ends', async () => {
    const at = await instance()
    const [added] = await at.add(draft('TASK'))
    const moment = new Date(added?.event.timestamp ?? 0)
    const around = (ms: number) => encodeURIComponent(new Date(moment.getTime() + ms).toISOString())
    expect((await at.list(`type=TASK&date_from=${around(-1)}&date_to=${around(1)}`)).count).toBe(1)
    expect((await at.list(`type=TASK&date_from=${around(2)}`)).count).toBe(0)
    expect((await at.list(`type=TASK&date_to=${around(-2)}`)).count).toBe(0)
  })

  it.each([
    '_id',
    'timestamp',
    'type',
    'pollable',
    'basetype',
    'objecttype',
    'object_id',
    'object_version',
    'system_object_id',
    'user_id',
    'user_generated_displayname',
    'remote_addr',
  ])('sorts by %s in both directions, events that say nothing included, across pages', async (sort) => {
    const at = await instance()
    const drafts = Array.from({ length: 12 }, (_, i) =>
      draft(i % 2 ? 'TASK' : 'SEARCH', i % 3 ? { basetype: `b${i % 4}`, object_id: i % 5, object_version: i % 2, objecttype: `o${i % 3}` } : {}),
    )
    const start = ids(await at.add(...drafts))[0]
    const up = ids((await at.list(`id=${start}-&sort=${sort}.ASC`)).objects)
    expect(up).toHaveLength(12)
    expect(ids((await at.list(`id=${start}-&sort=${sort}.DESC`)).objects)).toEqual(up.toReversed())
    expect(ids((await at.list(`id=${start}-&sort=${sort}.ASC&limit=5&offset=4`)).objects)).toEqual(up.slice(4, 9))
  })

  it('answers all of them with the limit 0, more than fit into memory at once', async () => {
    const at = await instance()
    const drafts = Array.from({ length: 6000 }, (_, i) => draft('TASK', { object_id: i % 7 }))
    const added = ids(await at.add(...drafts))
    const all = await at.list('type=TASK&limit=0')
    expect(all.count).toBe(6000)
    expect(ids(all.objects)).toEqual(added.toReversed())
    const sorted = (await at.list('type=TASK&limit=0&sort=object_id.ASC')).objects
    expect(sorted.map(({ event }) => event['object_id'])).toEqual(drafts.map((_, i) => i % 7).toSorted((a, b) => a - b))
    expect(new Set(ids(sorted)).size).toBe(6000)
    expect(ids((await at.list('type=TASK&limit=2500&offset=100')).objects)).toEqual(added.toReversed().slice(100, 2600))
  })

  it('writes CSV that spreadsheet programs read, and run nothing of', async () => {
    const at = await instance()
    const added = await at.add(draft('TASK', { basetype: '=1+1', info: { text: 'a "b"; c' } }), draft('TASK'))
    const csv = async (query: string) => (await at.api('GET', `/api/v1/event/list?format=csv&type=TASK&sort=_id.ASC&${query}`)).text
    const lines = (await csv('')).split('\r\n')
    expect(lines[0]).toBe(
      '_id,type,timestamp,pollable,basetype,objecttype,object_id,object_version,system_object_id,global_object_id,schema,user_id,user_generated_displayname,remote_addr,info',
    )
    expect(lines[1]).toBe(
      `${added[0]?.event._id},TASK,${added[0]?.event.timestamp},false,'=1+1,,,,,,${added[0]?.event['schema']},${added[0]?.user?.user._id},Root,,"{""text"":""a \\""b\\""; c""}"`,
    )
    expect(lines).toHaveLength(4)
    expect(await csv('csv_delimiter=%3B&csv_always_quote=1&limit=1')).toMatch(/^"_id";"type";.*\r\n"\d+";"TASK";/)
    const answer = await server.app.fetch(
      new Request(`http://${at.domain}/api/v1/event/list?format=csv&cvs_use_bom=1`, {
        headers: { host: at.domain, authorization: `Bearer ${at.token}` },
      }),
    )
    expect([...new Uint8Array(await answer.arrayBuffer()).subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
  })

  it.each([
    'id=x',
    'id=1-2-3',
    'sort=nothing.ASC',
    'sort=type',
    'date_from=yesterday',
    'date_to=2016-12-31T23:59:60Z',
    'pollable=maybe',
    'limit=-1',
    'format=xml',
    'colour=red',
  ])('refuses %s', async (query) => {
    const at = await server.instance()
    expect(await at.api('GET', `/api/v1/event/list?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'ServerGeneric', parameters: { where: 'query' } },
    })
  })
})

describe('removing many', () => {
  const left = async (at: Awaited<ReturnType<typeof instance>>) => ids((await at.list('type=TASK&sort=_id.ASC')).objects)

  it('takes away what matches, oldest first', async () => {
    const at = await instance()
    const added = ids(await at.add(...Array.from({ length: 6 }, () => draft('TASK')), draft('TAG_UPDATE')))
    await at.api('DELETE', '/api/v1/event/list?type=TASK&limit=2')
    expect(await left(at)).toEqual(added.slice(2, 6))
    await at.api('DELETE', `/api/v1/event/list?id=${added[3]}`)
    expect(await left(at)).toEqual([added[2], added[4], added[5]])
    await at.api('DELETE', '/api/v1/event/list?date_to=2001-01-01T00:00:00Z')
    expect(await left(at)).toHaveLength(3)
    await at.api('DELETE', '/api/v1/event/list?type=TASK')
    expect(await left(at)).toEqual([])
    expect((await at.list('type=TAG_UPDATE')).count).toBe(1)
  })

  it('empties the log without any filter, and numbers go on', async () => {
    const at = await instance()
    const before = ids(await at.add(...Array.from({ length: 30 }, () => draft('TASK')))).at(-1) as number
    expect((await at.api('DELETE', '/api/v1/event/list')).status).toBe(200)
    expect((await at.list('')).count).toBe(0)
    expect(ids(await at.add(draft('TASK')))[0]).toBe(before + 1)
  })

  it('of two at once takes every event away once', async () => {
    const at = await instance()
    await at.add(...Array.from({ length: 200 }, () => draft('TASK')))
    const answers = await Promise.all(Array.from({ length: 4 }, () => at.api('DELETE', '/api/v1/event/list?type=TASK&limit=50')))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(await left(at)).toEqual([])
  })
})

describe('two instances', () => {
  it('keep their logs apart', async () => {
    const [one, other] = await Promise.all([server.instance(), server.instance()])
    await one.api('POST', '/api/v1/event', draft('SEARCH', { info: { of: 'one' } }))
    expect((await other.api('GET', '/api/v1/event/list?limit=0')).text).not.toContain('"of":"one"')
  })
})
