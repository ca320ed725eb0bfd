import { mask, masks, schema, table } from '@vitrine/testing/datamodels'
import { describe, expect, it } from 'vitest'
import { compileDatamodel } from '../datamodel/compile-datamodel.ts'
import { EMPTY_MASKS, EMPTY_SCHEMA } from '../datamodel/documents.ts'
import type { Table } from '../datamodel/model.ts'
import { normaliseMasks } from '../datamodel/validate-masks.ts'
import { normaliseSchema } from '../datamodel/validate-schema.ts'
import type { Pool } from '../pools/pool.ts'
import type { ObjecttypeSettings } from './objecttype.ts'
import { StandardMasks } from './standard-masks.ts'

const document = normaliseSchema(schema(table('thing', { title: 'text' }), table('place', { name: 'text' })), { current: EMPTY_SCHEMA, head: null })
const list = masks(mask('thing_main', 'thing', ['title']), mask('thing_short', 'thing', ['title'], { is_preferred: false }))
const maskDocument = normaliseMasks(list, { schema: document, current: EMPTY_MASKS, head: EMPTY_MASKS })
const datamodel = compileDatamodel({ version: 2, committedAt: null, schema: document, masks: maskDocument, translations: {} })
const thing = datamodel.model.byName.get('thing') as Table
const place = datamodel.model.byName.get('place') as Table

/** Standard masks that only know these settings; `asked` counts how often they were looked up. */
function masksWith(objecttypes: ObjecttypeSettings[] = [], pools: Pool[] = []) {
  const at = { asked: 0 }
  const all = async () => {
    at.asked++
    return [...objecttypes]
  }
  return { at, objecttypes, pools, standardMasks: new StandardMasks({ all }, { all: async () => [...pools] }) }
}
const chosen = (...ids: number[]): ObjecttypeSettings => ({ tableId: thing.id, version: 2, data: { fields: {}, settings: { _standard_masks: ids } } })
const pool = (id: number, parentId: number | null, ...ids: number[]): Pool => ({
  ...{ id, parentId, version: 1, reference: null, isSystem: false, fields: {}, createdAt: new Date(0), updatedAt: new Date(0) },
  settings: ids.length ? { _standard_masks: { [thing.id]: ids } } : {},
})

describe('the standard mask of an object type', () => {
  it.each<[string, ObjecttypeSettings[], string]>([
    ['is the preferred one without any setting', [], 'thing_main'],
    ['is the first that its settings name', [chosen(2, 1)], 'thing_short'],
    ['is the next one named where a mask is gone', [chosen(9, 2)], 'thing_short'],
    ['is the preferred one where all that are named are gone', [chosen(9)], 'thing_main'],
  ])('%s', async (_, settings, name) => {
    const { standardMasks } = masksWith(settings)
    expect((await standardMasks.applyTo(datamodel, 1)).standardMask(thing).name).toBe(name)
  })

  it('is _all_fields for a type without masks', async () => {
    const { standardMasks } = masksWith([chosen(2)])
    expect((await standardMasks.applyTo(datamodel, 1)).standardMask(place)).toBe(datamodel.allFields(place))
  })

  it('leaves the datamodel as it is where the settings say nothing', async () => {
    expect(await masksWith([], [pool(1, null), pool(2, 1)]).standardMasks.applyTo(datamodel, 1)).toBe(datamodel)
  })

  it('is looked up once per revision, and the same settings give the same datamodel', async () => {
    const { at, objecttypes, standardMasks } = masksWith([chosen(2)])
    const first = await standardMasks.applyTo(datamodel, 1)
    expect(await standardMasks.applyTo(datamodel, 1)).toBe(first)
    expect(at.asked).toBe(1)
    expect(await standardMasks.applyTo(datamodel, 2)).toBe(first)
    expect(at.asked).toBe(2)
    objecttypes[0] = chosen(1)
    expect((await standardMasks.applyTo(datamodel, 3)).standardMask(thing).name).toBe('thing_main')
    // A request that began before the change is served what is known by now.
    expect((await standardMasks.applyTo(datamodel, 2)).standardMask(thing).name).toBe('thing_main')
    expect(at.asked).toBe(3)
  })

  it('is asked for again after the question failed', async () => {
    let fails = true
    const all = () => (fails ? Promise.reject(new Error('no database')) : Promise.resolve([chosen(2)]))
    const standardMasks = new StandardMasks({ all }, { all: async () => [] })
    await expect(standardMasks.applyTo(datamodel, 1)).rejects.toThrow('no database')
    fails = false
    expect((await standardMasks.applyTo(datamodel, 1)).standardMask(thing).name).toBe('thing_short')
  })
})

describe('the standard mask of a pool', () => {
  it('goes before that of the object type, and holds in the pools below that name none', async () => {
    const { standardMasks } = masksWith([chosen(1)], [pool(1, null), pool(2, 1, 2), pool(3, 2), pool(4, 3, 1), pool(5, 1)])
    const applied = await standardMasks.applyTo(datamodel, 1)
    const names = [undefined, 1, 2, 3, 4, 5].map((id) => applied.standardMask(thing, id).name)
    expect(names).toEqual(['thing_main', 'thing_main', 'thing_short', 'thing_short', 'thing_main', 'thing_main'])
    expect(applied.poolsWithMasks).toEqual([2, 3, 4])
  })

  it('is that of the object type where the masks that the pool names are gone', async () => {
    const { standardMasks } = masksWith([chosen(2)], [pool(1, null, 9)])
    expect((await standardMasks.applyTo(datamodel, 1)).standardMask(thing, 1).name).toBe('thing_short')
  })
})
