/**
 * For tests of reading: the datamodel of the tests of saving, with masks of its own. `artwork__main` is the standard mask of
 * artworks; `artwork__narrow` shows the title alone and no system fields that can be switched off.
 */
import type { Datamodel, Mask, MaskField, StandardOutput, Table } from '@vitrine/domain/datamodel/model'
import { testDatamodel } from './records-write.fixture.ts'

const line = (order: 1 | 2 | 3, format = 'comma', more: Partial<StandardOutput> = {}): StandardOutput => ({
  order,
  format,
  formatInner: 'semicolon',
  stopIfSet: false,
  ...more,
})

type Change = (name: string, field: MaskField) => Partial<MaskField> | undefined
function changed(fields: readonly MaskField[], change: Change): MaskField[] {
  return fields.map((field) => {
    const inner = field.kind === 'linked-table' ? { fields: changed(field.fields, change) } : {}
    return { ...field, ...inner, ...change(nameOf(field), field) } as MaskField
  })
}
const nameOf = (field: MaskField) =>
  field.kind === 'reverse-linked-table' ? field.slot.table.name : field.kind === 'linked-table' ? field.table.name : field.column.name

const MAIN: Readonly<Record<string, Partial<MaskField>>> = {
  title: { standard: line(1) },
  year: { standard: line(1, 'round-parentheses') },
  artwork__persons: { standard: line(2) },
  person: { standard: line(1, 'space') },
  role: { standard: line(1) },
  related: { standard: line(3) },
}

export function readingDatamodel(version = 1): Datamodel {
  const base = testDatamodel(version)
  const table = (name: string) => base.model.byName.get(name) as Table
  const maskOf = (id: number, name: string, of: Table, preferred: boolean, change: Change): Mask => {
    const all = base.allFields(of)
    return { ...all, id, name, preferred, fields: changed(all.fields, change) }
  }
  const artwork = table('artwork')
  const off = { shown: false, editable: false }
  const narrow = maskOf(2, 'artwork__narrow', artwork, false, (name) => ({ readable: name === 'title' }))
  const masks: Mask[] = [
    maskOf(1, 'artwork__main', artwork, true, (name) => MAIN[name]),
    { ...narrow, system: { ...narrow.system, tags: off, owner: off, pool: off, parent: off } },
    maskOf(3, 'person__main', table('person'), true, (name) => (name === 'name' ? { standard: line(1) } : undefined)),
    maskOf(4, 'place__main', table('place'), true, (name) => (name === 'name' ? { standard: line(1), inherit: true } : { inherit: true })),
  ]
  return {
    ...base,
    masksById: new Map(masks.map((mask) => [mask.id as number, mask])),
    mask: (of, name) =>
      masks.find((mask) => mask.table.id === of.id && mask.name === name) ?? base.mask(of, name === `${of.name}__all_fields` ? '_all_fields' : name),
    standardMask: (of) => masks.find((mask) => mask.table.id === of.id && mask.preferred) ?? base.standardMask(of),
  }
}
