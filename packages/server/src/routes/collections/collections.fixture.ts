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
