/**
 * The JSON text of several records. A store may hand out the same facts again as long as a record has not changed; the text of
 * a record that points at no other is then the same as well, until a name in it changes.
 */
import type { Names, RecordFacts, RecordSource } from './record-store.ts'
import type { Page, Rendered } from './render-page.ts'
import type { RecordPlan } from './render-plan.ts'
import { inOnePiece, recordJson } from './render-record.ts'
import { aclParts, collectionsPart } from './render-system.ts'

interface KnownText {
  readonly plan: RecordPlan
  readonly names: string
  readonly around: string
  readonly text: string
}
const known = new WeakMap<RecordFacts, KnownText>()

export async function recordsJson(source: RecordSource, page: Page, records: readonly Rendered[]): Promise<string> {
  await page.load(source, records)
  const names = records[0]?.plan.selfContained ? signature(page.names) : ''
  return `[${records.map((record) => (record.plan.selfContained ? knownText(page, record, names) : recordJson(page, record))).join(',')}]`
}

function knownText(page: Page, record: Rendered, names: string): string {
  const before = known.get(record.facts)
  const around = surroundings(page, record)
  if (before?.plan === record.plan && before.names === names && before.around === around) return before.text
  const text = inOnePiece(recordJson(page, record))
  known.set(record.facts, { plan: record.plan, names, around, text })
  return text
}

/** What stands in the text and neither in the record nor in a name: the collections that hold it, and what is shown to this caller. */
const surroundings = (page: Page, record: Rendered): string =>
  record.plan.contents.system ? `${page.rights.json(record.facts)}${collectionsPart(page, record.facts)}${aclParts(page, record)}` : ''

const signature = ({ users, groups, pools, tags }: Names) => JSON.stringify([[...users], [...groups], [...pools], [...tags]])
