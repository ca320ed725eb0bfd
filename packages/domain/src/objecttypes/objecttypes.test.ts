import { mask, masks, schema, table } from '@vitrine/testing/datamodels'
import { describe, expect, it } from 'vitest'
import { compileDatamodel } from '../datamodel/compile-datamodel.ts'
import { EMPTY_MASKS, EMPTY_SCHEMA } from '../datamodel/documents.ts'
import type { Table } from '../datamodel/model.ts'
import { normaliseMasks } from '../datamodel/validate-masks.ts'
import { normaliseSchema } from '../datamodel/validate-schema.ts'
import type { ObjecttypeSettings } from './objecttype.ts'
import { ObjecttypeService } from './objecttypes.ts'

const document = normaliseSchema(schema(table('thing', { title: 'text' }), table('place', { name: 'text' })), { current: EMPTY_SCHEMA, head: null })
const list = masks(mask('thing_main', 'thing', ['title']), mask('thing_short', 'thing', ['title'], { is_preferred: false }))
const maskDocument = normaliseMasks(list, { schema: document, current: EMPTY_MASKS, head: EMPTY_MASKS })
const datamodel = compileDatamodel({ version: 2, committedAt: null, schema: document, masks: maskDocument, translations: {} })
const thing = datamodel.model.byName.get('thing') as Table
const place = datamodel.model.byName.get('place') as Table

/** A service that only knows these settings. */
function serviceWith(...settings: ObjecttypeSettings[]): ObjecttypeService {
  const all = async () => settings
  return new ObjecttypeService({
    store: { all, change: (work) => work({ all, save: async (saved) => void settings.push(...saved) }) },
    datamodels: { committed: async () => datamodel, currentVersion: async () => 2 },
    principals: { find: async () => [] },
    counters: { draw: async () => [], advance: async () => undefined },
  })
}
const chosen = (...ids: number[]): ObjecttypeSettings => ({ tableId: thing.id, version: 2, data: { fields: {}, settings: { _standard_masks: ids } } })

describe('the standard mask of an object type', () => {
  it.each<[string, ObjecttypeSettings[], string]>([
    ['is the preferred one without any setting', [], 'thing_main'],
    ['is the first that its settings name', [chosen(2, 1)], 'thing_short'],
    ['is the next one named where a mask is gone', [chosen(9, 2)], 'thing_short'],
    ['is the preferred one where all that are named are gone', [chosen(9)], 'thing_main'],
  ])('%s', async (_, settings, name) => {
    const standardMask = await serviceWith(...settings).standardMasks(datamodel)
    expect(standardMask(thing).name).toBe(name)
  })

  it('is _all_fields for a type without masks', async () => {
    const standardMask = await serviceWith(chosen(2)).standardMasks(datamodel)
    expect(standardMask(place)).toBe(datamodel.allFields(place))
  })
})
