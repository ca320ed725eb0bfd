/** For tests only: an instance with something of everything in it, so that requests made from the document hit what exists. */
import type { TestInstance, TestServer } from './test-server.ts'

const column = (column_id: number, name: string, type: string, more: object = {}) => ({ kind: 'column', column_id, name, type, ...more })
const linkTo = (table_id: number, column_id: number, name: string) => ({
  name,
  on_delete: 'restrict',
  on_update: 'cascade',
  columns: [{ column_id }],
  referenced_table: { table_id, columns: [{ auto_column_primary_key: true }] },
})
const schema = {
  version: 1,
  type: 'user',
  tables: [
    { name: 'place', table_id: 1, is_hierarchical: true, columns: [column(1, 'name', 'text_l10n')] },
    {
      name: 'work',
      table_id: 2,
      pool_link: true,
      has_tags: true,
      columns: [
        column(2, 'reference', 'string'),
        column(3, 'title', 'text_l10n'),
        column(4, 'year', 'number'),
        column(5, 'place', 'link'),
        column(6, 'sold', 'boolean'),
        column(7, 'day', 'date'),
      ],
      unique_keys: [{ columns: [{ column_id: 2 }] }],
      foreign_keys: [linkTo(1, 5, 'work__place__place_fkey')],
    },
  ],
}

const field = (column_name_hint: string, order?: number) => ({
  kind: 'field',
  column_name_hint,
  edit: { mode: 'edit' },
  output: { detail: true, text: true, table: true, ...(order && { standard: { order } }) },
  search: { expert: true },
})
const mask = (table: string, fields: object[]) => ({ name: `${table}__main`, table_name_hint: table, is_preferred: true, system_fields: {}, fields })
const masks = {
  masks: [
    mask('place', [field('name', 1)]),
    mask('work', [field('reference', 2), field('title', 1), field('year'), field('place'), field('sold'), field('day')]),
  ],
}

export interface Museum extends TestInstance {
  /** Token of somebody who may sign in and nothing else. */
  readonly visitor: string
}

async function expectOk<T extends { status: number; text: string }>(answer: Promise<T>): Promise<T> {
  const given = await answer
  if (given.status !== 200) throw new Error(`setting up answered ${given.status}: ${given.text}`)
  return given
}

export async function museum(server: TestServer): Promise<Museum> {
  const at = await server.instance()
  await expectOk(at.api('POST', '/api/v1/schema/user/HEAD', schema))
  await expectOk(at.api('POST', '/api/v1/mask/HEAD', masks))
  await expectOk(at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip'))
  await expectOk(at.api('POST', '/api/v1/db/place', [{ _objecttype: 'place', _mask: 'place__main', place: { name: { 'en-US': 'Hamburg' } } }]))
  await expectOk(
    at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'visitor', displayname: 'A visitor' }, _password: 'no rights at all' }]),
  )
  return { ...at, visitor: await at.signIn('visitor', 'no rights at all') }
}
