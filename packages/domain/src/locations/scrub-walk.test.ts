import { describe, expect, it } from 'vitest'
import type { BlobFacts } from '../ports/blob-store.ts'
import type { LocatedFile } from './located-files.ts'
import { filesBehind, inBatches, sideBySide } from './scrub-walk.ts'

const fileOf = (storageKey: string, sizeBytes = 1): LocatedFile => ({
  id: 1,
  kind: 'original',
  mimeType: null,
  problem: null,
  locationId: 1,
  storageKey,
  sizeBytes,
  sha256: '',
})
const objectOf = (key: string): BlobFacts => ({ key, sizeBytes: 1, modifiedAt: null })
async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
const walked = async (objects: readonly string[], files: readonly string[]) =>
  (await all(sideBySide(each(objects.map(objectOf)), each(files.map((key) => fileOf(key)))))).map(
    ({ key, object, file }) => `${object ? 'o' : ''}${file ? 'f' : ''} ${key}`,
  )

describe('objects and files side by side', () => {
  it('meet under their keys, and each side may have more', async () => {
    expect(await walked(['a', 'b', 'd'], ['b', 'c', 'd', 'e'])).toEqual(['o a', 'of b', 'f c', 'of d', 'f e'])
    expect(await walked([], ['a'])).toEqual(['f a'])
    expect(await walked(['a'], [])).toEqual(['o a'])
    expect(await walked([], [])).toEqual([])
  })

  it('are in the order of bytes, which is not that of JavaScript', async () => {
    // Beyond U+FFFF a text begins with a surrogate, which is below U+FF5E as a unit and above it in UTF-8.
    expect(await walked(['\uff5e', '\u{1f600}'], ['\u{1f600}'])).toEqual(['o \uff5e', 'of \u{1f600}'])
  })
})

it('rows are fetched page by page, each behind the last', async () => {
  const keys = ['a', 'b', 'c', 'd', 'e']
  const asked: string[] = []
  const page = async (after: string) => (
    asked.push(after),
    keys
      .filter((key) => key > after)
      .slice(0, 2)
      .map((key) => fileOf(key))
  )
  expect((await all(filesBehind(page, 'a'))).map(({ storageKey }) => storageKey)).toEqual(['b', 'c', 'd', 'e'])
  expect(asked).toEqual(['a', 'c', 'e'])
})

it('batches end with their number or with their size', async () => {
  const entries = [1, 1, 1, 10, 1].map((size, n) => ({ key: `${n}`, object: null, file: fileOf(`${n}`, size) }))
  const batches = await all(inBatches(each(entries), { entries: 2, bytes: 10 }))
  expect(batches.map((batch) => batch.map(({ key }) => key))).toEqual([['0', '1'], ['2', '3'], ['4']])
})
