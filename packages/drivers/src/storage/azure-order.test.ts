import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { inOrderOfBytes } from './azure-order.ts'
import { compareKeys } from './keys.ts'

it('turns the order of UTF-16 units into that of UTF-8 bytes, for every set of keys', async () => {
  const letter = fc.constantFrom('a', '/', '\u00fc', '\ud7ff', '\ue000', '\uff5e', '\u{10000}', '\u{1f5dd}', '\u{10ffff}')
  const keys = fc.uniqueArray(fc.array(letter, { minLength: 1, maxLength: 5 }).map((letters) => letters.join('')))
  await fc.assert(
    fc.asyncProperty(keys, async (some) => {
      const listed = (async function* () {
        // Comparing strings is comparing UTF-16 units.
        for (const key of some.toSorted((a, b) => (a < b ? -1 : 1))) yield { key }
      })()
      const found: string[] = []
      for await (const { key } of inOrderOfBytes(listed)) found.push(key)
      expect(found).toEqual(some.toSorted(compareKeys))
    }),
  )
})
