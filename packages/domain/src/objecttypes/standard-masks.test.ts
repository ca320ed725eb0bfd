import { mask, masks, schema, table } from '@vitrine/testing/datamodels'
import { describe, expect, it } from 'vitest'
import { compileDatamodel } from '../datamodel/compile-datamodel.ts'
import { EMPTY_MASKS, EMPTY_SCHEMA } from '../datamodel/documents.ts'
import type { Table } from '../datamodel/model.ts'
import { normaliseMasks } from '../datamodel/validate-masks.ts'
import { normaliseSchema } from '../datamodel/validate-schema.ts'
import type { ObjecttypeSettings } from './objecttype.ts'
import type { ObjecttypeStore } from './objecttype-store.ts'
import { StandardMasks } from './standard-masks.ts'

const document = normaliseSchema(schema(table('thing', { title: 'text' }), table('place', { name: 'text' })), { current: EMPTY_SCHEMA, head: null })
const list = masks(mask('thing_main', 'thing', ['title']), mask('thing_short', 'thing', ['title'], { is_preferred: false }))
const maskDocument = normaliseMasks(list, { schema: document, current: EMPTY_MASKS, head: EMPTY_MASKS })
const datamodel = compileDatamodel({ version: 2, committedAt: null, schema: document, masks: maskDocument, translations: {} })
const thing = datamodel.model.byName.get('thing') as Table
const place = datamodel.model.byName.get('place') as Table

/** Standard masks that only know these settings; `asked` counts how often they were looked up. */
function masksWith(...settings: ObjecttypeSettings[]) {
  const at = { asked: 0, now: 0 }
  const all = async () => {
    at.asked++
    return settings
  }
  const change: ObjecttypeStore['change'] = (work) =>
    work({ all, targets: () => Promise.reject(new Error('not asked')), save: async () => undefined, recordEvents: async () => undefined })
  return { at, settings, standardMasks: new StandardMasks({ all, change }, () => at.now) }
}
const chosen = (...ids: number[]): ObjecttypeSettings => ({ tableId: thing.id, version: 2, data: { fields: {}, settings: { _standard_masks: ids } } })

describe('the standard mask of an object type', () => {
  it.each<[string, ObjecttypeSettings[], string]>([
    ['is the preferred one without any setting', [], 'thing_main'],
    ['is the first that its settings name', [chosen(2, 1)], 'thing_short'],
    ['is the next one named where a mask is gone', [chosen(9, 2)], 'thing_short'],
    ['is the preferred one where all that are named are gone', [chosen(9)], 'thing_main'],
  ])('%s', async (_, settings, name) => {
    const { standardMasks } = masksWith(...settings)
    expect((await standardMasks.applyTo(datamodel)).standardMask(thing).name).toBe(name)
  })

  it('is _all_fields for a type without masks', async () => {
    const { standardMasks } = masksWith(chosen(2))
    expect((await standardMasks.applyTo(datamodel)).standardMask(place)).toBe(datamodel.allFields(place))
  })

  it('leaves the datamodel as it is where the settings say nothing', async () => {
    expect(await masksWith().standardMasks.applyTo(datamodel)).toBe(datamodel)
  })

  it('is looked up once in a moment, and again when settings were saved here', async () => {
    const { at, settings, standardMasks } = masksWith(chosen(2))
    const first = await standardMasks.applyTo(datamodel)
    expect(await standardMasks.applyTo(datamodel)).toBe(first)
    expect(at.asked).toBe(1)
    settings[0] = chosen(1)
    standardMasks.forget()
    expect((await standardMasks.applyTo(datamodel)).standardMask(thing).name).toBe('thing_main')
    settings[0] = chosen(2)
    at.now += 1001
    expect((await standardMasks.applyTo(datamodel)).standardMask(thing).name).toBe('thing_short')
  })
})
