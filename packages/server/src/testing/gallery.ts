/**
 * For tests only: a collection whose records stand in every relation to each other that a datamodel knows. Works have tags, access
 * lists, notes in nested rows, items that belong to them, a partner and an artist that know of them in turn; boxes hold things
 * in pools; places have one parent and terms several.
 */
import type { Answer, TestInstance, TestServer } from './test-server.ts'

export const column = (column_id: number, name: string, type: string, more: object = {}) => ({ kind: 'column', column_id, name, type, ...more })
export const link = (column_id: number, name: string, more: object = {}) => column(column_id, name, 'link', more)
export const foreign = (column_id: number, table_id: number, on_delete = 'restrict') => ({
  name: `c${column_id}_fkey`,
  on_delete,
  on_update: 'cascade',
  columns: [{ column_id }],
  referenced_table: { table_id, columns: [{ auto_column_primary_key: true }] },
})
export const slot = (other_table_id: number) => ({ kind: 'link', other_table_id })
export const reverse = (other_table_id: number, other_column_id: number, more: object = {}) => ({
  kind: 'reverse_link',
  other_table_id,
  other_column_id,
  ...more,
})

const TABLES = [
  { name: 'person', table_id: 1, columns: [column(1, 'name', 'text'), slot(2)], bidirectional: [{ columns: [{ column_id: 2 }, { column_id: 5 }] }] },
  {
    name: 'person__works',
    table_id: 2,
    owned_by: { other_table_id: 1 },
    columns: [link(2, 'work'), column(13, 'remark', 'text')],
    foreign_keys: [foreign(2, 3)],
  },
  {
    name: 'work',
    table_id: 3,
    has_tags: true,
    acl_table: true,
    columns: [
      column(3, 'reference', 'string', { length_max: 10 }),
      column(4, 'title', 'text_l10n'),
      link(5, 'artist'),
      link(6, 'partner'),
      slot(4),
      reverse(5, 9),
    ],
    foreign_keys: [foreign(5, 1), foreign(6, 3)],
    unique_keys: [{ columns: [{ column_id: 3 }] }],
    bidirectional: [{ columns: [{ column_id: 6 }, { column_id: 6 }] }],
  },
  {
    name: 'work__notes',
    table_id: 4,
    owned_by: { other_table_id: 3 },
    columns: [column(7, 'text', 'text'), link(8, 'source')],
    foreign_keys: [foreign(8, 1)],
  },
  {
    name: 'item',
    table_id: 5,
    columns: [link(9, 'work', { reverse_edit: true }), column(10, 'label', 'text'), column(11, 'number', 'number'), reverse(10, 16)],
    foreign_keys: [foreign(9, 3, 'cascade')],
  },
  { name: 'box', table_id: 6, pool_link: true, columns: [column(17, 'name', 'text'), reverse(7, 12)] },
  {
    name: 'thing',
    table_id: 7,
    pool_link: true,
    columns: [link(12, 'box', { reverse_edit: true }), column(18, 'name', 'text')],
    foreign_keys: [foreign(12, 6, 'cascade')],
  },
  { name: 'term', table_id: 8, polyhierarchical: true, columns: [column(14, 'name', 'text'), { kind: 'reverse_link', is_hierarchical: true }] },
  { name: 'place', table_id: 9, is_hierarchical: true, columns: [column(15, 'name', 'text'), { kind: 'reverse_link', is_hierarchical: true }] },
  {
    name: 'part',
    table_id: 10,
    columns: [link(16, 'item', { reverse_edit: true }), column(19, 'name', 'text')],
    foreign_keys: [foreign(16, 5, 'cascade')],
  },
]

const OPEN = Object.fromEntries(
  ['parent', 'object_id', 'tags', 'acl', 'owner', 'pool', 'collections', 'publish'].map((name) => [
    name,
    { edit: { mode: 'edit' }, output: { mode: 'show' } },
  ]),
)

/** A mask with everything for each object type, preferred and named `<type>__main`. */
async function masksFor(at: TestInstance): Promise<object> {
  const { body } = await at.api('GET', '/api/v1/mask/HEAD/_all_fields')
  const masks = (body.masks as { table_name_hint: string }[]).map((mask) => ({
    ...mask,
    mask_id: undefined,
    name: `${mask.table_name_hint}__main`,
    is_preferred: true,
    system_fields: OPEN,
  }))
  return { masks }
}

export interface Gallery extends TestInstance {
  /** Saves one record, or fails with the answer. */
  readonly saved: (type: string, block: object, envelope?: object, query?: string) => Promise<Saved>
  /** The record through its main mask, in long format unless said otherwise. */
  readonly read: (type: string, id: number, query?: string) => Promise<Saved>
  /** A user with this name and these rights on object types and pools set elsewhere. */
  readonly person: (login: string) => Promise<{ readonly id: number; readonly token: string }>
}

// oxlint-disable-next-line no-explicit-any -- a record has free-form parts, and a test knows what it looks at
export type Saved = any

export const record = (type: string, block: object, envelope: object = {}) => ({
  _objecttype: type,
  _mask: `${type}__main`,
  ...envelope,
  [type]: block,
})
/** In one order, whatever order things came in. */
export const sorted = <T>(items: readonly T[]): T[] => items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
/** A link to a record, by its id. */
export const to = (type: string, id: number) => ({ _objecttype: type, _mask: '_all_fields', [type]: { _id: id } })

export function expectOk<T>(answer: Answer<T>): Answer<T> {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
  return answer
}

export const gallery = (server: TestServer): Promise<Gallery> => galleryOf(server, TABLES)

/** The same with another datamodel. */
export async function galleryOf(server: TestServer, tables: readonly object[]): Promise<Gallery> {
  const at = await server.instance()
  expectOk(await at.api('POST', '/api/v1/schema/user/HEAD', { version: 1, type: 'user', tables }))
  expectOk(await at.api('POST', '/api/v1/mask/HEAD', await masksFor(at)))
  expectOk(await at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip'))
  return {
    ...at,
    async saved(type, block, envelope = {}, query = 'format=long') {
      return expectOk(await at.api<Saved[]>('POST', `/api/v1/db/${type}?${query}`, [record(type, block, envelope)])).body[0]
    },
    async read(type, id, query = 'format=long') {
      return expectOk(await at.api<Saved[]>('GET', `/api/v1/db/${type}/${type}__main/${id}?${query}`)).body[0]
    },
    async person(login) {
      const password = `${login} has a password`
      const made = await at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login, displayname: login }, _password: password }])
      return { id: expectOk(made).body[0].user._id as number, token: await at.signIn(login, password) }
    },
  }
}
