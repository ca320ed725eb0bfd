import { describe, expect, it } from 'vitest'
import { schema, table } from '../../../testing/src/datamodels.ts'
import { compileSchema } from '../datamodel/compile-schema.ts'
import { EMPTY_SCHEMA } from '../datamodel/documents.ts'
import { normaliseSchema } from '../datamodel/validate-schema.ts'
import type { Content } from './content.ts'
import { clearLinks } from './delete-clear.ts'

const model = compileSchema(
  normaliseSchema(
    schema(
      table('thing', {
        name: 'text',
        maker: '-> thing',
        keeper: '-> thing!',
        part: [{ text: 'text', of: '-> thing', deep: [{ at: '-> thing', flag: 'boolean' }] }],
      }),
    ),
    { current: EMPTY_SCHEMA, head: null },
  ),
)
const thing = model.byName.get('thing')!
const part = thing.nested[0]!
const deep = part.nested[0]!
const key = (owner: typeof thing, name: string) => String(owner.columns.find((column) => column.name === name)?.id)
const [parts, deeps] = [`t${part.id}`, `t${deep.id}`]
const [maker, keeper, of, at] = [key(thing, 'maker'), key(thing, 'keeper'), key(part, 'of'), key(deep, 'at')]
const clear = (content: Content, ...gone: number[]) => clearLinks(thing, content, new Set(gone))

describe('clearLinks', () => {
  it('answers the content itself when nothing in it leads there', () => {
    const content = { [maker]: { s: 1 }, [parts]: [{ _uuid: 'a', [of]: { s: 2 }, [deeps]: [{ _uuid: 'b', [at]: { s: 3 } }] }] }
    expect(clear(content, 9).content).toBe(content)
  })

  it('takes links out at every depth, and leaves the stored content as it was', () => {
    const rows = [{ _uuid: 'b', [at]: { s: 1 }, [key(deep, 'flag')]: true }]
    const content = { [maker]: { s: 1 }, [parts]: [{ _uuid: 'a', [of]: { s: 2 }, [deeps]: rows }] }
    const before = structuredClone(content)
    expect(clear(content, 1)).toEqual({
      content: { [parts]: [{ _uuid: 'a', [of]: { s: 2 }, [deeps]: [{ _uuid: 'b', [key(deep, 'flag')]: true }] }] },
      required: undefined,
    })
    expect(content).toEqual(before)
  })

  it('drops rows that have nothing left, and tables that have no rows left', () => {
    expect(clear({ [parts]: [{ _uuid: 'a', [deeps]: [{ _uuid: 'b', [at]: { s: 1 } }] }] }, 1).content).toEqual({})
    const text = { _uuid: 'c', [key(part, 'text')]: '' }
    expect(
      clear(
        {
          [parts]: [
            { ...text, [of]: { s: 1 } },
            { _uuid: 'd', [of]: { s: 2 } },
          ],
        },
        1,
      ).content,
    ).toEqual({
      [parts]: [{ _uuid: 'd', [of]: { s: 2 } }],
    })
  })

  it('names a field that must not be empty', () => {
    expect(clear({ [keeper]: { s: 1 } }, 1).required).toBe('thing.keeper')
    expect(clear({ [keeper]: { s: 1 } }, 2).required).toBeUndefined()
  })
})
