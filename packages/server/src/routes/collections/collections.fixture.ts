/** An instance with people who keep collections. */
import { museum } from '../../testing/museum.ts'
import type { TestInstance, TestServer } from '../../testing/test-server.ts'

export const doc = (collection: object, around: object = {}) => ({ _basetype: 'collection', collection, ...around })

export interface Person {
  readonly id: number
  readonly token: string
}

const PASSWORD = 'correct horse battery'

export async function person({ api, signIn }: TestInstance, login: string, user: object = {}): Promise<Person> {
  const made = await api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login }, _password: PASSWORD, ...user }])
  if (made.status !== 200) throw new Error(made.text)
  return { id: made.body[0].user._id as number, token: await signIn(login, PASSWORD) }
}

export async function withPeople(server: TestServer) {
  const instance = await museum(server)
  const [anna, ben] = [await person(instance, 'anna'), await person(instance, 'ben')]
  const as =
    ({ token }: Person) =>
    // oxlint-disable-next-line no-explicit-any -- a test looks at the parts that matter
    (method: string, path: string, body?: unknown): Promise<{ status: number; body: any; text: string }> =>
      instance.api(method, `/api/v1/collection${path}`, body, { token })
  return { ...instance, anna, ben, asAnna: as(anna), asBen: as(ben), asRoot: as({ id: 0, token: instance.token }), as }
}

/** A right for a person, as an entry of an access list. */
export const grant = ({ id }: Person, rights: object, more: object = {}) => ({ who: { _basetype: 'user', user: { _id: id } }, rights, ...more })

/** Records that everybody may only see through what is shared, made by root; answers their system ids. */
export async function works({ api }: TestInstance, count: number): Promise<number[]> {
  const records = Array.from({ length: count }, (_, i) => ({
    _objecttype: 'place',
    _mask: 'place__main',
    place: { name: { 'en-US': `place ${i}` } },
  }))
  const made = await api('POST', '/api/v1/db/place', records)
  if (made.status !== 200) throw new Error(made.text)
  return (made.body as { _system_object_id: number }[]).map(({ _system_object_id: id }) => id)
}

export const members = (ids: readonly (number | string)[]) => ids.map((id) => ({ _global_object_id: typeof id === 'number' ? `${id}@local` : id }))

/** Works in a pool whose list gives anna leave to pass `read` on, and ben `read` alone. */
export async function shared(server: TestServer) {
  const at = await withPeople(server)
  const carla = await person(at, 'carla')
  const pool = (acl: object[], more: object = {}) => ({
    _basetype: 'pool',
    pool: { reference: 'shared', 'lookup:_id_parent': { reference: 'system:root' }, ...more },
    _acl: acl,
  })
  const open = [grant(at.anna, { read: { _grantable: true } }), grant(at.ben, { read: {} })]
  const made = await at.api('POST', '/api/v1/pool', [pool(open)])
  if (made.status !== 200) throw new Error(made.text)
  const poolId = made.body[0].pool._id as number
  const records = Array.from({ length: 3 }, () => ({
    _objecttype: 'work',
    _mask: 'work__main',
    work: { _pool: { pool: { _id: poolId } }, title: { 'en-US': 'x' } },
  }))
  const saved = await at.api('POST', '/api/v1/db/work', records)
  if (saved.status !== 200) throw new Error(saved.text)
  const [a, b, c] = saved.body.map((one: { _system_object_id: number }) => one._system_object_id) as [number, number, number]
  const asCarla = at.as(carla)
  const workId = saved.body[0].work._id as number
  return { ...at, carla, asCarla, poolId, pool, open, a, b, c, workId }
}

export const read = (who: Person, more: object = {}) => grant(who, { bag_read: {}, read: {}, ...more })
/** What is asked before access lists lose their effect. */
export const QUESTION = { status: 202, body: { tasks: [{ buttons: [{ name: 'allow_invalid_acl', value: 'true' }, {}] }] } }
