/**
 * A small datamodel for tests of saving, made by hand: places in a tree, persons, and artworks with links, nested rows, tags and
 * a unique number. Every field is in the mask `_all_fields`; `artwork__title` lets only the title be written.
 */
import type {
  Column,
  ColumnChecks,
  ColumnType,
  Datamodel,
  Mask,
  MaskField,
  Model,
  SystemFieldName,
  Table,
  UniqueKey,
} from '@vitrine/domain/datamodel/model'
import type { FileWish } from '@vitrine/domain/files/file-look'
import type { Caller } from '@vitrine/domain/people/caller'

type Draft<T> = { -readonly [K in keyof T]: T[K] }
type TableDraft = Draft<Table> & { columns: Column[]; nested: Table[]; uniqueKeys: UniqueKey[] }

/** Column ids are the same in every version, as they are after a rename. */
let ids = 0
const checks: ColumnChecks = { notEmpty: false, email: false }

function table(id: number, name: string, more: Partial<Table> = {}): TableDraft {
  return {
    ...{ id, name, columns: [], nested: [], nestedNotNull: new Set(), reverse: [], uniqueKeys: [], bidirectional: [], poolLink: false },
    ...{ aclTable: false, hasTags: false, hierarchical: false, polyhierarchical: false, inMainSearch: true, ...more },
  } as TableDraft
}

function column(owner: TableDraft, name: string, type: ColumnType, more: Partial<Column> = {}): Column {
  const made: Column = { id: ++ids, name, type, table: owner, notNull: false, checks, reverseEdit: false, ...more }
  owner.columns.push(made)
  return made
}

function unique(owner: TableDraft, columns: Column[], more: Partial<UniqueKey> = {}): void {
  const key = `${owner.id}:${columns.map(({ id }) => id).join(',')}`
  owner.uniqueKeys.push({ key, name: key, columns, withinParent: false, withinOwner: false, trueOnly: [], ...more })
}

const shown = { readable: true, writable: true }
function fieldsOf(of: Table, writable: (name: string) => boolean): MaskField[] {
  const columns = of.columns.map((c): MaskField => ({
    kind: c.type === 'link' ? 'link' : 'field',
    column: c,
    linkMask: null,
    ...shown,
    writable: writable(c.name),
  }))
  const nested = of.nested.map((n): MaskField => ({
    kind: 'linked-table',
    table: n,
    fields: fieldsOf(n, writable),
    appendOnly: false,
    removeOnly: false,
    standardFirstOnly: false,
    ...shown,
    writable: writable(n.name),
  }))
  return [...columns, ...nested]
}

const systemNames: SystemFieldName[] = ['parent', 'object_id', 'tags', 'acl', 'owner', 'pool', 'collections', 'publish']
function mask(of: Table, name: string, fields: readonly MaskField[], editable = true): Mask {
  const system = Object.fromEntries(systemNames.map((key) => [key, { shown: true, editable }])) as Mask['system']
  return { id: null, name, table: of, preferred: false, fields, system }
}

const valueTypes: ColumnType[] = [
  ...(['text', 'text_oneline', 'string', 'text_l10n', 'text_l10n_oneline', 'number', 'integer.2', 'double', 'boolean'] as const),
  ...(['date', 'datetime', 'daterange', 'geo_json', 'eas', 'custom:base.gazetteer.place'] as const),
]

export function testDatamodel(version = 1): Datamodel {
  ids = 0
  const place = table(1, 'place', { hierarchical: true })
  const placeName = column(place, 'name', 'text')
  column(place, 'label', 'text_l10n')
  unique(place, [placeName], { withinParent: true })
  const person = table(2, 'person')
  column(person, 'name', 'text')
  const code = column(person, 'code', 'string')
  unique(person, [code])
  const artwork = table(3, 'artwork', { hasTags: true })
  const persons = table(4, 'artwork__persons', { owner: artwork })
  column(persons, 'role', 'text')
  column(persons, 'person', 'link', { target: person })
  artwork.nested.push(persons)
  const accession = column(artwork, 'accession', 'string')
  unique(artwork, [accession])
  column(artwork, 'title', 'text_l10n')
  column(artwork, 'year', 'number')
  column(artwork, 'place', 'link', { target: place })
  column(artwork, 'related', 'link', { target: artwork })
  const pooled = table(5, 'pooled', { poolLink: true })
  column(pooled, 'name', 'text', { notNull: true })
  const everything = table(6, 'everything')
  for (const type of valueTypes) column(everything, `a_${type.replaceAll(/[^a-z0-9]/g, '_')}`, type)
  return datamodelOf(version, [place, person, artwork, pooled, everything], [persons])
}

function datamodelOf(version: number, objecttypes: Table[], nested: Table[]): Datamodel {
  const all = [...objecttypes, ...nested]
  const model: Model = {
    tables: new Map(all.map((t) => [t.id, t])),
    byName: new Map(all.map((t) => [t.name, t])),
    columns: new Map(all.flatMap((t) => t.columns).map((c) => [c.id, c])),
    objecttypes,
  }
  const masks = new Map<string, Mask>()
  for (const t of objecttypes) {
    masks.set(
      `${t.name}/_all_fields`,
      mask(
        t,
        '_all_fields',
        fieldsOf(t, () => true),
      ),
    )
    masks.set(`${t.name}/artwork__title`, mask(t, 'artwork__title', fieldsOf(t, (name) => name === 'title').slice(0, 2), false))
  }
  const get = (t: Table, name: string) => masks.get(`${t.name}/${name}`)
  const allFields = (t: Table) => get(t, '_all_fields') ?? mask(t, '_all_fields', [])
  return { version, committedAt: new Date(0), model, masksById: new Map(), translations: {}, mask: get, standardMask: allFields, allFields }
}

export const rootCaller = (more: Partial<Caller> = {}): Caller => ({
  ...{ userId: 1, login: 'root', type: 'system', displayname: 'root', groupIds: [], systemRights: { 'system.root': {} }, root: true },
  ...{ language: 'en-US', datamodelVersion: 1, configRevision: 0, clientId: 'test', signedInAt: new Date(0), ...more },
})

/** For answers without files, in which nothing of this is seen. */
export const NO_WISH: FileWish = { origin: 'http://museum.test', expireDays: null, realUrls: false }
/** How files look where addresses are not signed. */
export const unsigned = { look: ({ origin, realUrls }: FileWish) => Promise.resolve({ origin, realUrls, sign: null, isManaged: () => true }) }
