/**
 * For tests of reading: an archive with something of everything that a record can show. Artists own letters, letters own notes;
 * places form a tree, terms may have several parents; artworks are kept in a pool, carry tags and an access list, and link to
 * all of them. `save` stores records as root and answers them in full.
 */
import { mask, maskField, masks, schema, table } from '@vitrine/testing/datamodels'
import type { TestInstance, TestServer } from './test-server.ts'

// oxlint-disable-next-line no-explicit-any -- a test knows what it asks for and looks at the parts that matter
export type Json = Record<string, any>

const document = schema(
  table('place', { name: 'text_l10n', code: 'string' }, { is_hierarchical: true, reverse: ['children'] }),
  table('term', { name: 'text' }, { polyhierarchical: true, reverse: ['children'] }),
  table('artist', { name: 'text', born: 'date' }, { reverse: ['letter.author'] }),
  table(
    'letter',
    { author: '=> artist', subject: 'text', sent: 'date', about: '-> artwork', pages: [{ text: 'text' }] },
    { pool_link: true, reverse: ['note.letter'] },
  ),
  table('note', { letter: '=> letter', text: 'text', artist: '-> artist' }),
  table(
    'artwork',
    {
      title: 'text_l10n',
      reference: 'string',
      shown: 'boolean',
      artist: '-> artist',
      place: '-> place',
      term: '-> term',
      related: '-> artwork',
      persons: [{ role: 'string', who: '-> artist', after: '-> artwork' }],
    },
    { pool_link: true, has_tags: true, acl_table: true, in_main_search: true },
  ),
)

const standard = (order: number) => ({ output: { standard: { order } } })
const reverse = (other: string, column: string, fields: object[], more: object = {}) => ({
  ...{ kind: 'reverse-linked-table', other_table_name_hint: other, other_column_name_hint: column, edit: { mode: 'edit' } },
  ...{ output: { detail: true }, mask: { fields }, ...more },
})
const children = (fields: object[]) => ({ kind: 'reverse-linked-table', is_hierarchical: true, edit: { mode: 'edit' }, mask: { fields } })
const nested = (name: string, fields: object[], more: object = {}) => ({ ...maskField(name), mask: { fields }, ...more })
const letterFields = [
  ...['subject', 'sent', 'about'].map((name) => maskField(name)),
  nested('letter__pages', [maskField('text')]),
  reverse('note', 'letter', [maskField('text'), maskField('artist')]),
]
const words = (...fields: object[]): object => ({ fields })

const list = masks(
  mask('place__main', 'place', { name: standard(1), code: { inheritance: { inherit: true } } }, words(children([maskField('name')]))),
  mask('term__main', 'term', { name: standard(1) }, words(children([maskField('name')]))),
  mask(
    'artist__main',
    'artist',
    { name: standard(1), born: {} },
    words(reverse('letter', 'author', letterFields, { nested_sort: [{ field: 'sent', order: 'desc' }] })),
  ),
  mask('artist__rename', 'artist', ['name'], { is_preferred: false }),
  mask('artist__shown', 'artist', ['name'], {
    is_preferred: false,
    ...words(reverse('letter', 'author', [maskField('subject')], { edit: { mode: 'show' } })),
  }),
  mask('artist__plain', 'artist', ['name'], { is_preferred: false, ...words(reverse('letter', 'author', [maskField('subject')])) }),
  mask('letter__main', 'letter', { author: {}, subject: standard(1), sent: {} }),
  mask('note__main', 'note', { text: standard(1), letter: {}, artist: {} }),
  mask(
    'artwork__main',
    'artwork',
    { title: standard(1), reference: {}, shown: {}, artist: standard(2), place: {}, term: {}, related: {} },
    words(
      nested(
        'artwork__persons',
        ['role', 'who', 'after'].map((name) => maskField(name)),
        {
          nested_sort: [{ field: 'who.artist.name', order: 'desc' }, { field: 'role' }],
        },
      ),
    ),
  ),
  mask('artwork__code', 'artwork', { reference: standard(1), title: {} }, { is_preferred: false }),
  mask('artwork__hidden', 'artwork', ['title'], {
    is_preferred: false,
    system_fields: Object.fromEntries(['parent', 'tags', 'acl', 'owner', 'pool', 'publish'].map((name) => [name, { output: { mode: 'off' } }])),
  }),
)

export interface ReadingArchive extends TestInstance {
  /** Ids of object types and of masks by name. */
  readonly tables: ReadonlyMap<string, number>
  readonly masks: ReadonlyMap<string, number>
  readonly pool: number
  save(type: string, ...records: readonly Json[]): Promise<Json[]>
  /** What a read answers; fails unless it is 200. */
  read(path: string): Promise<Json[]>
  /** Runs a statement on the instance's tables, for what no operation can bring about. */
  sql(text: string): Promise<void>
}

async function ok<T>(answer: Promise<{ status: number; text: string; body: T }>): Promise<T> {
  const { status, text, body } = await answer
  if (status !== 200) throw new Error(`answered ${status}: ${text}`)
  return body
}

export async function readingArchive(server: TestServer): Promise<ReadingArchive> {
  const at = await server.instance()
  const { api } = at
  const tables = (await ok(api('POST', '/api/v1/schema/user/HEAD', document))).tables as { name: string; table_id: number }[]
  const stored = (await ok(api('POST', '/api/v1/mask/HEAD', list))).masks as { name: string; mask_id: number }[]
  await ok(api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip'))
  const [pool] = await ok(api('POST', '/api/v1/pool', [{ _basetype: 'pool', pool: { name: { 'en-US': 'Prints' }, _id_parent: 1 } }]))
  const database = server.database.tenant(at.id)
  return {
    ...at,
    tables: new Map(tables.map(({ name, table_id }) => [name, table_id])),
    masks: new Map(stored.map(({ name, mask_id }) => [name, mask_id])),
    pool: pool.pool._id,
    async save(type, ...records) {
      const bodies = records.map(({ _mask = `${type}__main`, _tags, _comment, ...block }) => {
        const pooled = type === 'artwork' || type === 'letter' ? { _pool: { pool: { _id: pool.pool._id } } } : {}
        return { _objecttype: type, _mask, ...(_tags && { _tags }), ...(_comment && { _comment }), [type]: { ...pooled, ...block } }
      })
      return ok(api<Json[]>('POST', `/api/v1/db/${type}?format=full`, bodies))
    },
    read: (path) => ok(api<Json[]>('GET', `/api/v1/db/${path}`)),
    sql: (text) => database.write(async (sql) => void (await sql.unsafe(text))),
  }
}

/** A link to a record, as it is written. */
export const to = (type: string, id: number): Json => ({ _objecttype: type, _mask: '_all_fields', [type]: { _id: id } })
