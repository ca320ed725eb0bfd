/**
 * Who may call what, for every operation of the document: with no token, as somebody without rights, as somebody with nothing
 * but the right that the operation names, as root.
 */
import { instanceOperations } from '@vitrine/contract/instance'
import type { OperationEntry } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { museum, type Museum } from '../testing/museum.ts'
import { testServer, type TestServer } from '../testing/test-server.ts'

let server: TestServer
let at: Museum
/** Tokens of people who have one system right each, by that right as the document writes it. */
let holders: ReadonlyMap<string, string>
beforeAll(async () => {
  server = await testServer()
  at = await museum(server)
  const rights = [...new Set(instanceOperations.map(({ right }) => right))].filter((right) => right !== 'public' && right !== 'login')
  holders = new Map(await Promise.all(rights.map(async (right, i) => [right, await holderOf(right, `holder${i}`)] as const)))
})
afterAll(() => server.close())

/** `system.datamodel[level=commit]` becomes the right with that parameter. */
async function holderOf(right: string, login: string): Promise<string> {
  const [, name = right, key, value] = /^([^[]+)(?:\[(\w+)(?:=(\w+))?\])?$/.exec(right) ?? []
  const _system_rights = { [name]: key === undefined ? {} : { [key]: value ?? true } }
  const made = await at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login }, _system_rights, _password: 'one right and no more' }])
  if (made.status !== 200) throw new Error(`${right}: ${made.text}`)
  return at.signIn(login, 'one right and no more')
}

/** What everybody who can sign in may do, by the groups that come with an instance. */
const HELD_BY_ALL = new Set(['public', 'login', 'system.user.change_password'])
const PASSES = 'passes'

/** Why a call was refused. The answer to HEAD has no body, so there it is the status alone. */
const refused = ({ method }: OperationEntry, status: number, code: string | undefined, right?: string) =>
  method === 'head' ? [status] : [status, code, right]

/** Nothing of the request is right, so that nothing happens once the guard has let it pass. */
async function outcome(operation: OperationEntry, token: string | null): Promise<unknown> {
  const path = operation.path.replaceAll(/\{[^}]+\}/g, 'none')
  const { status, text } = await at.api(operation.method.toUpperCase(), `${path}?nothing=1`, undefined, { token })
  if (status !== 401 && status !== 403) return PASSES
  const { code, parameters } = JSON.parse(text === '' ? '{}' : text) as { code?: string; parameters?: { rights?: string } }
  return refused(operation, status, code, parameters?.rights)
}
const rows = instanceOperations.map((operation) => [operation.id, operation.right, operation] as const)

describe.each(rows)('%s (%s)', (_, right, operation) => {
  const signInFirst = right === 'public' ? PASSES : refused(operation, 401, 'UserRequired')

  it('asks strangers to sign in, unless it is public', async () => expect(await outcome(operation, null)).toEqual(signInFirst))
  it('does not take a token that is none', async () => expect(await outcome(operation, 'made-up')).toEqual(signInFirst))
  it('asks for the right it names', async () => {
    expect(await outcome(operation, at.visitor)).toEqual(HELD_BY_ALL.has(right) ? PASSES : refused(operation, 403, 'SystemRightRequired', right))
  })
  it('lets somebody pass who has that right and no other', async () => {
    const given = await outcome(operation, holders.get(right) ?? at.visitor)
    // Records and collections have rights of their own; they are asked for behind the guard.
    expect([PASSES, 403]).toContain(Array.isArray(given) ? given[0] : given)
    expect(given).not.toEqual(refused(operation, 403, 'SystemRightRequired', right))
  })
  it('lets root pass', async () => expect(await outcome(operation, at.token)).toBe(PASSES))
})

describe('records', () => {
  it('are kept from those without rights on them', async () => {
    const record = { _objecttype: 'place', _mask: 'place__main', place: { name: { 'en-US': 'Berlin' } } }
    for (const [method, path, body] of [
      ['GET', '/api/v1/db/place/place__main/1', undefined],
      ['GET', '/api/v1/db/place/place__main/system_object_id/1', undefined],
      ['POST', '/api/v1/db/place', [record]],
      ['DELETE', '/api/v1/db/place', [[1, 1, null]]],
    ] as const) {
      const answer = await at.api(method, path, body, { token: at.visitor })
      expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 403, 'ObjectInsufficientRights'])
    }
    expect((await at.api('GET', '/api/v1/db/place/place__main/list', undefined, { token: at.visitor })).body).toEqual([])
  })
})
