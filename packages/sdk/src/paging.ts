/**
 * All records of a type, page by page. The offset moves by the size of the page asked for, not by what came: records the
 * caller may not read are taken out after paging, so a short page is not the last one. Only an empty page is.
 */
import type { components } from './gen/types.ts'

export type StoredRecord = components['schemas']['Record']
type Page = (limit: number, offset: number) => Promise<readonly StoredRecord[]>

export async function* pages(page: Page, pageSize: number): AsyncGenerator<StoredRecord, void, undefined> {
  if (!Number.isSafeInteger(pageSize) || pageSize < 1) throw new RangeError('pageSize has to be a whole number of at least 1')
  for (let offset = 0; ; offset += pageSize) {
    const records = await page(pageSize, offset)
    if (records.length === 0) return
    yield* records
  }
}
