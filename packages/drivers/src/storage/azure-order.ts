/**
 * Azure lists in the order of UTF-16 units, the port promises that of UTF-8 bytes. The two differ only between keys that both have a
 * unit from U+D800 on, so only neighbours of that kind have to be put in order; others come through at once. The server makes no such
 * keys, so nothing is held in memory for long.
 */
import { compareKeys } from './keys.ts'

const HIGH = /[\ud800-\uffff]/

export async function* inOrderOfBytes<T extends { readonly key: string }>(listed: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  let held: T[] = []
  for await (const item of listed) {
    if (HIGH.test(item.key)) {
      held.push(item)
      continue
    }
    if (held.length > 0) yield* held.toSorted((a, b) => compareKeys(a.key, b.key))
    held = []
    yield item
  }
  yield* held.toSorted((a, b) => compareKeys(a.key, b.key))
}
