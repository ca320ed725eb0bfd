/** For tests only: records that have files wherever a field can stand, and short ways to upload, link and look. */
import { formOf } from './forms.ts'
import { column, expectOk, foreign, galleryOf, link, reverse, slot, type Gallery } from './gallery.ts'
import type { TestServer } from './test-server.ts'

export const COLUMNS = { portrait: 2, files: 10, poster: 11, view: 14, detail: 16, scan: 19, picture: 22, proof: 23 } as const

const TABLES = [
  { name: 'artist', table_id: 1, columns: [column(1, 'name', 'text'), column(COLUMNS.portrait, 'portrait', 'eas')] },
  {
    name: 'work',
    table_id: 2,
    has_tags: true,
    acl_table: true,
    columns: [
      ...[column(9, 'title', 'text'), column(COLUMNS.files, 'files', 'eas'), column(COLUMNS.poster, 'poster', 'eas'), link(12, 'artist')],
      ...[slot(3), reverse(5, 17)],
    ],
    foreign_keys: [foreign(12, 1)],
  },
  {
    ...{ name: 'work__views', table_id: 3, owned_by: { other_table_id: 2 } },
    columns: [column(13, 'caption', 'text'), column(COLUMNS.view, 'view', 'eas'), slot(4)],
  },
  {
    ...{ name: 'work__views__details', table_id: 4, owned_by: { other_table_id: 3 } },
    columns: [column(15, 'note', 'text'), column(COLUMNS.detail, 'detail', 'eas')],
  },
  {
    ...{ name: 'item', table_id: 5 },
    columns: [link(17, 'work', { reverse_edit: true }), column(18, 'label', 'text'), column(COLUMNS.scan, 'scan', 'eas')],
    foreign_keys: [foreign(17, 2, 'cascade')],
  },
  {
    ...{ name: 'place', table_id: 6, is_hierarchical: true },
    columns: [column(21, 'name', 'text'), column(COLUMNS.picture, 'picture', 'eas')],
  },
  { name: 'receipt', table_id: 7, columns: [column(COLUMNS.proof, 'proof', 'eas', { not_null: true })] },
  { name: 'folder', table_id: 8, pool_link: true, columns: [column(25, 'content', 'eas')] },
]

// oxlint-disable-next-line no-explicit-any -- a test knows what it asks for and looks at the parts that matter
export type Json = any

export interface FiledRecords extends Gallery {
  /** Uploads files with these names, as root or with a token, and answers their ids. */
  readonly upload: (names: readonly string[], token?: string, query?: string) => Promise<number[]>
  /** Ids of the files in a field. */
  readonly ids: (list: Json) => number[]
  /** Rows of `file_link` of a record: column, file, live. */
  readonly links: (systemId: number) => Promise<[number, number, boolean][]>
}

export async function filedRecords(server: TestServer): Promise<FiledRecords> {
  const at = await galleryOf(server, TABLES)
  const tenant = server.database.tenant(at.id)
  return {
    ...at,
    async upload(names, token, query = '') {
      const form = formOf(Object.fromEntries(names.map((name) => [name, `content of ${name}`])))
      const answer = await at.api<Json[]>('PUT', `/api/v1/eas/put?${query}`, form, token === undefined ? {} : { token })
      return expectOk(answer).body.map(({ _id }) => _id as number)
    },
    ids: (list: Json[] | undefined) => (list ?? []).map(({ _id }) => _id as number),
    async links(systemId) {
      const rows = await tenant.read(
        (sql) => sql<{ column: number; file: number; live: boolean }[]>`
          select column_id as column, file_id::int as file, live from file_link
          where instance_id = ${at.id} and from_id = ${systemId} order by column_id, file_id, live`,
      )
      return rows.map((row) => [row.column, row.file, row.live])
    },
  }
}
