/** What other operations tell the event log, and that they tell nothing when they fail. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { museum } from '../../testing/museum.ts'
import { ROOT_PASSWORD, testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

interface Told {
  type: string
  object_id?: number
  object_version?: number
  objecttype?: string
  info?: Record<string, unknown>
  user_generated_displayname?: string
}

/** An instance, and a way to see what has been told since the last look. */
async function instance() {
  const at = await museum(server)
  const look = { from: ((await at.api('GET', '/api/v1/user/session')).body.current_max_event_id as number) + 1 }
  const told = async (): Promise<Told[]> => {
    const { objects } = (await at.api('GET', `/api/v1/event/list?limit=0&sort=_id.ASC&id=${look.from}-`)).body as {
      objects: { event: Told & { _id: number } }[]
    }
    look.from = (objects.at(-1)?.event._id ?? look.from - 1) + 1
    return objects.map(({ event }) => event)
  }
  return { ...at, told }
}
const types = (events: readonly Told[]) =>
  events.map(({ type, object_id: id, object_version: version }) => [type, id, ...(version === undefined ? [] : [version])])

describe('changes told to the event log', () => {
  it('of pools', async () => {
    const at = await instance()
    const pool = (await at.api('POST', '/api/v1/pool', [{ _basetype: 'pool', pool: { 'lookup:_id_parent': { reference: 'system:standard' } } }]))
      .body[0].pool
    const below = (
      await at.api('POST', '/api/v1/pool', [
        { _basetype: 'pool', pool: { _id_parent: pool._id } },
        { _basetype: 'pool', pool: { _id: pool._id, _version: 2 } },
      ])
    ).body[0].pool
    expect((await at.api('POST', '/api/v1/pool', [{ _basetype: 'pool', pool: { _id: pool._id, _version: 7 } }])).status).toBe(400)
    await at.api('DELETE', `/api/v1/pool/${pool._id}`)
    const events = await at.told()
    expect(types(events)).toEqual([
      ['POOL_INSERT', pool._id, 1],
      ['POOL_INSERT', below._id, 1],
      ['POOL_UPDATE', pool._id, 2],
      ['POOL_DELETE', pool._id],
      ['POOL_DELETE', below._id],
    ])
    expect(events.every((event) => event.user_generated_displayname === 'Root')).toBe(true)
  })

  it('of tags, one for each that came, has changed or is gone', async () => {
    const at = await instance()
    const [group] = (
      await at.api('POST', '/api/v1/tags', [
        { taggroup: { reference: 'state' }, _tags: [{ reference: 'new' }, { reference: 'done' }, { reference: 'kept' }] },
      ])
    ).body
    const [one, two, three] = group._tags as { _id: number; _version: number }[]
    expect(types(await at.told())).toEqual([one, two, three].map((tag) => ['TAG_INSERT', tag?._id, 1]))
    const next = [{ ...one, displayname: { 'en-US': 'New' } }, three, { reference: 'more' }]
    const [changed] = (await at.api('POST', '/api/v1/tags', [{ ...group, _tags: next }])).body
    expect(types(await at.told())).toEqual([
      ['TAG_UPDATE', one?._id, 2],
      ['TAG_INSERT', changed._tags[2]._id, 1],
      ['TAG_DELETE', two?._id],
    ])
    await at.api('POST', '/api/v1/tags', [changed])
    expect(await at.told()).toEqual([])
  })

  it('of workflow rules', async () => {
    const at = await instance()
    const [first, second] = (await at.api('POST', '/api/v1/transitions', [{ type: 'reject' }, { type: 'process', actions: [] }])).body
    expect(types(await at.told())).toEqual([first, second].map(({ _id }) => ['TRANSITION_INSERT', _id]))
    await at.api('POST', '/api/v1/transitions', [{ ...second, type: 'reject' }])
    expect(types(await at.told())).toEqual([
      ['TRANSITION_UPDATE', second._id],
      ['TRANSITION_DELETE', first._id],
    ])
  })

  it('of users and groups', async () => {
    const at = await instance()
    const user = (await at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'mia' }, _password: 'a password of hers' }])).body[0].user
    const group = (await at.api('POST', '/api/v1/group', [{ _basetype: 'group', group: { displayname: { 'en-US': 'Readers' } } }])).body[0].group
    await at.api('POST', '/api/v1/group', [{ _basetype: 'group', group: { _id: group._id, _version: 2 } }])
    await at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { _id: user._id, _version: 2, first_name: 'Mia' } }])
    expect((await at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'MIA' }, _password: 'a password of hers' }])).status).toBe(409)
    await at.api('DELETE', `/api/v1/user/${user._id}?delete_policy=archive`)
    await at.api('DELETE', `/api/v1/user/${user._id}`)
    await at.api('DELETE', `/api/v1/group/${group._id}`)
    const events = await at.told()
    expect(types(events)).toEqual([
      ['USER_INSERT', user._id, 1],
      ['GROUP_INSERT', group._id, 1],
      ['GROUP_UPDATE', group._id, 2],
      ['USER_UPDATE', user._id, 2],
      ['USER_UPDATE', user._id, 3],
      ['USER_DELETE', user._id],
      ['GROUP_DELETE', group._id],
    ])
    expect(JSON.stringify(events)).not.toMatch(/mia/i)
  })

  it('of presets, settings of object types and commits', async () => {
    const at = await instance()
    const preset = (
      await at.api('POST', '/api/v1/right/object/presets', [
        { _basetype: 'right_preset', right_preset: { displayname: {}, preset: { rights: { read: {} } } } },
      ])
    ).body[0].right_preset
    await at.api('DELETE', `/api/v1/right/object/presets/${preset._id}`)
    await at.api('DELETE', `/api/v1/right/object/presets/${preset._id}`)
    expect(types(await at.told())).toEqual([
      ['RIGHT_PRESET_INSERT', preset._id, 1],
      ['RIGHT_PRESET_DELETE', preset._id],
    ])
    const [place] = (await at.api('GET', '/api/v1/objecttype')).body
    const saved = await at.api('POST', '/api/v1/objecttype', [
      { ...place, objecttype: { ...place.objecttype, _version: place.objecttype._version + 1 } },
    ])
    expect(saved.status).toBe(200)
    expect(await at.told()).toMatchObject([{ type: 'OBJECTTYPE_UPDATE', objecttype: 'place', object_id: place.objecttype._id }])
    const head = (await at.api('GET', '/api/v1/schema/user/HEAD')).body
    await at.api('POST', '/api/v1/schema/user/HEAD', head)
    expect((await at.api('POST', '/api/v1/schema/commit?reindex=skip')).status).toBe(202)
    expect(await at.told()).toEqual([])
    expect((await at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip')).status).toBe(200)
    const [commit] = await at.told()
    expect(commit).toMatchObject({ type: 'DATAMODEL_COMMIT', info: { version: (head.version as number) + 1 }, user_generated_displayname: 'Root' })
    expect(new Date(commit?.info?.['committed_at'] as string).getTime()).toBeGreaterThan(0)
  })

  it('of signing in and out, with the name, and of failures without what was typed', async () => {
    const at = await instance()
    const users = (await at.api('GET', '/api/v1/user')).body as { user: { _id: number; login: string } }[]
    const visitor = users.find(({ user }) => user.login === 'visitor')?.user._id
    const token = await at.signIn('visitor', 'no rights at all')
    const refused = async (login: string, password: string) => expect(at.signIn(login, password)).rejects.toThrow('sign-in')
    await refused('visitor', 'wrong')
    await refused('my secret password', 'oops')
    await at.api('POST', '/api/oauth2/revoke', new URLSearchParams({ token, client_id: 'vitrine-cli' }))
    await at.api('POST', '/api/oauth2/revoke', new URLSearchParams({ token, client_id: 'vitrine-cli' }))
    await at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { _id: visitor, _version: 2, login_disabled: true } }])
    await refused('visitor', 'no rights at all')
    const events = (await at.told()).filter(({ type }) => type !== 'USER_UPDATE')
    expect(events).toMatchObject([
      { type: 'USER_LOGIN', object_id: visitor, user_generated_displayname: 'A visitor', info: { client_id: 'vitrine-cli' } },
      { type: 'USER_LOGIN_FAILED', object_id: visitor, info: { reason: 'credentials' } },
      { type: 'USER_LOGIN_FAILED', info: { reason: 'credentials' } },
      { type: 'USER_LOGOUT', object_id: visitor, user_generated_displayname: 'A visitor' },
      { type: 'USER_LOGIN_FAILED', object_id: visitor, info: { reason: 'disabled' } },
    ])
    expect(events).toHaveLength(5)
    expect(JSON.stringify(events)).not.toMatch(/secret|oops/)
  })

  it('of renewing a sign-in: nothing', async () => {
    const at = await instance()
    const form = (fields: Record<string, string>) => at.api('POST', '/api/oauth2/token', new URLSearchParams({ client_id: 'vitrine-cli', ...fields }))
    const first = await form({ grant_type: 'password', username: 'root', password: ROOT_PASSWORD, scope: 'offline' })
    const second = await form({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token as string })
    expect(second.status).toBe(200)
    expect((await form({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token as string })).status).toBe(400)
    expect((await at.told()).map(({ type }) => type)).toEqual(['USER_LOGIN'])
  })
})
