/**
 * For tests only: a datamodel in which everything that a save has to keep in step hangs together: mirrored links at every depth,
 * unique keys of all kinds, files, records inside records inside records, and hierarchies with keys of their own.
 */
import { column, foreign, galleryOf, link, reverse, slot, type Gallery } from './gallery.ts'
import type { TestServer } from './test-server.ts'

const key = (...columns: object[]) => ({ columns })

const TABLES = [
  {
    name: 'maker',
    table_id: 1,
    columns: [column(1, 'name', 'text'), slot(2)],
    bidirectional: [{ columns: [{ column_id: 3 }, { column_id: 11 }] }, { columns: [{ column_id: 5 }, { column_id: 12 }] }],
  },
  {
    name: 'maker__jobs',
    table_id: 2,
    owned_by: { other_table_id: 1 },
    columns: [column(2, 'code', 'string'), link(3, 'piece'), slot(3), column(6, 'note', 'text', { length_max: 5 }), column(7, 'scans', 'eas')],
    foreign_keys: [foreign(3, 4)],
    unique_keys: [key({ column_id: 2 })],
  },
  {
    name: 'maker__jobs__steps',
    table_id: 3,
    owned_by: { other_table_id: 2 },
    columns: [column(4, 'word', 'string'), link(5, 'piece')],
    foreign_keys: [foreign(5, 4)],
    unique_keys: [key({ column_id: 4 }, { auto_column_uplink: true })],
  },
  {
    name: 'piece',
    table_id: 4,
    has_tags: true,
    acl_table: true,
    columns: [
      column(10, 'code', 'string'),
      link(11, 'maker'),
      link(12, 'finisher'),
      link(13, 'pair'),
      column(14, 'title', 'text_l10n'),
      column(15, 'main', 'boolean'),
      column(16, 'files', 'eas'),
      reverse(5, 21),
    ],
    foreign_keys: [foreign(11, 1), foreign(12, 1), foreign(13, 4)],
    unique_keys: [key({ column_id: 10 }), key({ column_id: 14 })],
    bidirectional: [{ columns: [{ column_id: 13 }, { column_id: 13 }] }],
  },
  {
    name: 'sheet',
    table_id: 5,
    acl_table: true,
    columns: [
      column(20, 'code', 'string'),
      link(21, 'piece', { reverse_edit: true, not_null: true }),
      link(22, 'twin'),
      column(23, 'scan', 'eas'),
      reverse(6, 31),
    ],
    foreign_keys: [foreign(21, 4, 'cascade'), foreign(22, 5)],
    unique_keys: [key({ column_id: 20 }, { column_id: 21 })],
    bidirectional: [{ columns: [{ column_id: 22 }, { column_id: 22 }] }],
  },
  {
    name: 'line',
    table_id: 6,
    columns: [column(30, 'code', 'string'), link(31, 'sheet', { reverse_edit: true })],
    foreign_keys: [foreign(31, 5, 'cascade')],
    unique_keys: [key({ column_id: 30 })],
  },
  {
    name: 'place',
    table_id: 7,
    is_hierarchical: true,
    acl_table: true,
    columns: [column(40, 'name', 'string'), { kind: 'reverse_link', is_hierarchical: true }],
    unique_keys: [key({ column_id: 40 }, { auto_column_parent: true })],
  },
  {
    name: 'term',
    table_id: 8,
    polyhierarchical: true,
    columns: [column(50, 'name', 'string'), { kind: 'reverse_link', is_hierarchical: true }],
  },
  { name: 'crate', table_id: 9, pool_link: true, columns: [column(60, 'name', 'string'), reverse(10, 61)] },
  {
    name: 'tray',
    table_id: 10,
    pool_link: true,
    columns: [link(61, 'crate', { reverse_edit: true }), column(62, 'name', 'string'), reverse(11, 63)],
    foreign_keys: [foreign(61, 9, 'cascade')],
  },
  {
    name: 'card',
    table_id: 11,
    pool_link: true,
    columns: [link(63, 'tray', { reverse_edit: true }), column(64, 'name', 'string')],
    foreign_keys: [foreign(63, 10, 'cascade')],
  },
]

export const workshop = (server: TestServer): Promise<Gallery> => galleryOf(server, TABLES)
