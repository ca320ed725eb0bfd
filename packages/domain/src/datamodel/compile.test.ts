import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mask, masks, schema, table, type Columns } from '@vitrine/testing/datamodels'
import { compileDatamodel } from './compile-datamodel.ts'
import { EMPTY_MASKS, EMPTY_SCHEMA, type MaskDocument, type SchemaDocument } from './documents.ts'
import type { Datamodel, Table } from './model.ts'
import { normaliseMasks } from './validate-masks.ts'
import { normaliseSchema } from './validate-schema.ts'

const baseline = { current: EMPTY_SCHEMA, head: null }

function compiled(document: SchemaDocument, maskDocument: MaskDocument = EMPTY_MASKS): Datamodel {
  const normal = normaliseSchema(document, baseline)
  const normalMasks = normaliseMasks(maskDocument, { schema: normal, current: EMPTY_MASKS, head: EMPTY_MASKS })
  return compileDatamodel({ version: 2, committedAt: null, schema: normal, masks: normalMasks, translations: {} })
}
const named = (datamodel: Datamodel, name: string): Table => datamodel.model.byName.get(name) as Table

const collection = schema(
  table('place', { name: 'text_l10n_oneline', map: 'geo_json' }, { is_hierarchical: true, reverse: ['children'] }),
  table(
    'picture',
    { file: 'eas', title: 'text!', place: '-> place', persons: [{ who: '-> person', role: 'string' }] },
    { pool_link: true, unique: [['title']] },
  ),
  table('person', { name: 'text_oneline' }, { reverse: ['letter.author'] }),
  table('letter', { author: '=> person', sent: 'date' }),
)

describe('a compiled schema', () => {
  const datamodel = compiled(collection)
  it('knows tables by id and name, and object types apart from nested tables', () => {
    expect(datamodel.model.objecttypes.map((t) => t.name)).toEqual(['place', 'picture', 'person', 'letter'])
    expect(datamodel.model.tables.get(3)).toBe(named(datamodel, 'picture__persons'))
  })
  it('has objects that point at each other', () => {
    const picture = named(datamodel, 'picture')
    expect(picture.columns[2]?.target).toBe(named(datamodel, 'place'))
    expect(picture.nested[0]?.owner).toBe(picture)
    expect(named(datamodel, 'person').reverse[0]?.column).toBe(named(datamodel, 'letter').columns[0])
    expect(named(datamodel, 'place').reverse).toEqual([{ table: named(datamodel, 'place'), column: null, notNull: false }])
  })
  it('has unique keys whose identity does not depend on names', () => {
    const [key] = named(datamodel, 'picture').uniqueKeys
    expect(key).toMatchObject({ key: '2:4', name: 'picture__title__unique', withinParent: false, withinOwner: false, trueOnly: [] })
  })
})

describe('masks', () => {
  const datamodel = compiled(
    collection,
    masks(
      mask('picture_main', 'picture', {
        title: { output: { standard: { order: 1, format: 'space' } } },
        place: { mask_id: 'preferred' },
        file: { edit: { mode: 'show' } },
        picture__persons: { edit: { mode: 'edit', append_only: true } },
      }),
      mask('place_main', 'place', {
        name: { inheritance: { inherit: true } },
        map: { edit: { mode: 'off' }, output: { detail: false, text: false, table: false }, search: {} },
      }),
    ),
  )
  const picture = named(datamodel, 'picture')

  it('are found by name within their object type, and the preferred one is the standard', () => {
    const found = datamodel.mask(picture, 'picture_main')
    expect(found).toBe(datamodel.standardMask(picture))
    expect(datamodel.mask(picture, 'place_main')).toBeUndefined()
  })
  it('say what can be read and written', () => {
    const [title, place, file, persons] = datamodel.standardMask(picture).fields
    expect(title).toMatchObject({ readable: true, writable: true, standard: { order: 1, format: 'space', formatInner: 'comma', stopIfSet: false } })
    expect(place).toMatchObject({ kind: 'link', linkMask: 2 })
    expect(file).toMatchObject({ readable: true, writable: false })
    expect(persons).toMatchObject({ kind: 'linked-table', appendOnly: true })
    expect(persons?.kind === 'linked-table' && persons.fields.map((f) => f.writable)).toEqual([true, true])
    const [name, map] = datamodel.standardMask(named(datamodel, 'place')).fields
    expect(name).toMatchObject({ inherit: true })
    expect(map).toMatchObject({ readable: false, writable: false })
  })
  it('let built-in fields be seen, and written only where they say so', () => {
    expect(datamodel.standardMask(picture).system.tags).toEqual({ shown: true, editable: false, inEditor: false })
  })
  it('show everything as _all_fields, for object types without masks as well', () => {
    const person = named(datamodel, 'person')
    expect(datamodel.standardMask(person)).toBe(datamodel.allFields(person))
    expect(datamodel.mask(person, 'person__all_fields')).toBe(datamodel.mask(person, '_all_fields'))
    const [name, letters] = datamodel.allFields(person).fields
    expect(name).toMatchObject({ writable: true, standard: { order: 1 } })
    expect(letters?.kind === 'reverse-linked-table' && letters.fields.map((f) => f.kind === 'field' && f.column.name)).toEqual(['sent'])
    expect(datamodel.allFields(picture).fields[0]).toMatchObject({ standardEas: 1 })
  })
  it('show children one level deep', () => {
    const children = datamodel.allFields(named(datamodel, 'place')).fields.find((f) => f.kind === 'reverse-linked-table')
    expect(children?.kind === 'reverse-linked-table' && children.fields.map((f) => f.kind)).toEqual(['field', 'field'])
  })
})

const TYPES = [
  'text',
  'text_oneline',
  'text_l10n',
  'text_l10n_oneline',
  'string',
  'number',
  'integer.2',
  'double',
  'boolean',
  'date',
  'datetime',
  'daterange',
  'geo_json',
  'eas',
  'custom:base.p.t',
] as const
const identifier = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}[a-z0-9]$/)
const columns = (depth: number): fc.Arbitrary<Columns> => {
  const plain = fc.tuple(fc.constantFrom(...TYPES), fc.boolean()).map(([type, required]) => `${type}${required ? '!' : ''}`)
  const link = fc.nat(3).map((n) => `-> target${n}`)
  const nested = depth > 0 ? [columns(depth - 1).map((inner) => [inner] as const)] : []
  return fc.dictionary(identifier, fc.oneof(plain, link, ...nested), { maxKeys: 5 })
}
const documents = fc
  .tuple(...[0, 1, 2, 3].map(() => fc.record({ columns: columns(2), is_hierarchical: fc.boolean(), pool_link: fc.boolean() })))
  .map((tables) =>
    schema(
      ...tables.map(({ columns: own, is_hierarchical, pool_link }, i) =>
        table(`target${i}`, own, { is_hierarchical, pool_link, reverse: is_hierarchical ? ['children'] : [] }),
      ),
    ),
  )

describe('any valid schema', () => {
  it('is accepted, stays the same when sent again, and compiles', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const once = normaliseSchema(document, baseline)
        expect(normaliseSchema(once, { current: EMPTY_SCHEMA, head: once })).toEqual(once)
        const datamodel = compileDatamodel({ version: 2, committedAt: null, schema: once, masks: EMPTY_MASKS, translations: {} })
        for (const objecttype of datamodel.model.objecttypes)
          expect(datamodel.allFields(objecttype).fields).toHaveLength(
            objecttype.columns.length + objecttype.nested.length + objecttype.reverse.length,
          )
      }),
      { numRuns: 200 },
    )
  })
})
