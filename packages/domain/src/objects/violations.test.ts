import { schema, table } from '@vitrine/testing/datamodels'
import { describe, expect, it } from 'vitest'
import { compileSchema } from '../datamodel/compile-schema.ts'
import { normaliseSchema } from '../datamodel/validate-schema.ts'
import { EMPTY_SCHEMA } from '../datamodel/documents.ts'
import type { Content } from './content.ts'
import { uniqueRowsOf } from './unique.ts'
import { violationsOf, type Surroundings } from './violations.ts'

const model = compileSchema(
  normaliseSchema(
    schema(
      table(
        'thing',
        { title: 'text!', code: 'string', part: [{ number: { type: 'number', check: 'range', check_range_lower: 1 } }] },
        { pool_link: true, has_tags: true, unique: [['code']] },
      ),
    ),
    { current: EMPTY_SCHEMA, head: null },
  ),
)
const thing = model.byName.get('thing')!
const [title, code] = thing.columns.map(({ id }) => String(id)) as [string, string]
const part = thing.nested[0]!
const number = String(part.columns[0]?.id)
const alone: Surroundings = { isShared: () => false, choiceGroupOf: () => undefined }
const judge = (content: Content, more: object = {}, around: Partial<Surroundings> = {}) =>
  violationsOf(thing, { systemId: 1, parentId: null, poolId: 1, tags: [], content, ...more }, { ...alone, ...around })

describe('uniqueRowsOf', () => {
  const document = schema(table('flag', { code: 'string', done: 'boolean' }, { unique: [['code', 'done']] }))
  const flag = compileSchema(normaliseSchema(document, { current: EMPTY_SCHEMA, head: null })).byName.get('flag')!
  const [name, done] = flag.columns.map(({ id }) => String(id)) as [string, string]
  const digests = (content: Content) => uniqueRowsOf(flag, { systemId: 1, parentId: null, content }).map(({ digest }) => digest)

  it('takes a boolean without a value for false, as answers do, so that what was read can be saved back', () => {
    expect(digests({ [name]: 'A' })).toEqual(digests({ [name]: 'A', [done]: false }))
    expect(digests({ [name]: 'A' })).not.toEqual(digests({ [name]: 'A', [done]: true }))
  })
  it('passes over a key with an empty column of another type', () => {
    expect(digests({ [done]: true })).toEqual([])
  })
})

describe('violationsOf', () => {
  it('finds nothing in a record that keeps all rules', () => {
    expect(judge({ [title]: 'Cup', [code]: 'A', [`t${part.id}`]: [{ _uuid: 'x', [number]: 2 }] })).toEqual([])
  })
  it('finds a missing value, a bad value in a row, and a missing pool', () => {
    expect(judge({})).toEqual(['CHECK_VIOLATION'])
    expect(judge({ [title]: 'Cup', [`t${part.id}`]: [{ _uuid: 'x', [number]: 0 }] })).toEqual(['CHECK_VIOLATION'])
    expect(judge({ [title]: 'Cup' }, { poolId: null })).toEqual(['CHECK_VIOLATION'])
  })
  it('finds values that others have as well', () => {
    expect(judge({ [title]: 'Cup', [code]: 'A' }, {}, { isShared: () => true })).toEqual(['UNIQUE_KEY_VIOLATION'])
    expect(judge({ [title]: 'Cup' }, {}, { isShared: () => true })).toEqual([])
  })
  it('finds two tags of a choice group, but not one tag twice', () => {
    const groups: Partial<Surroundings> = { choiceGroupOf: (tag) => (tag < 3 ? 7 : undefined) }
    expect(judge({ [title]: 'Cup' }, { tags: [1, 2] }, groups)).toEqual(['TAGS_CHOICE_VIOLATION'])
    expect(judge({ [title]: 'Cup' }, { tags: [1, 3, 4] }, groups)).toEqual([])
    expect(judge({ [title]: 'Cup' }, { tags: [1, 1] }, groups)).toEqual([])
  })
  it('tells all of them, in order', () => {
    expect(judge({ [code]: 'A' }, { tags: [1, 2] }, { isShared: () => true, choiceGroupOf: () => 1 })).toEqual([
      'CHECK_VIOLATION',
      'TAGS_CHOICE_VIOLATION',
      'UNIQUE_KEY_VIOLATION',
    ])
  })
})
