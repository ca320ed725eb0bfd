/**
 * Where a record stands in a hierarchy: the way from the top where it has one parent, all ways where it may have several.
 * Ways are followed upwards without recursion, and a record that lies above itself ends its way.
 */
import type { Mask, Table } from '../datamodel/model.ts'
import type { RecordFacts } from './record-store.ts'
import type { Page } from './render-page.ts'
import { TOP_LEVEL } from './save-parents.ts'

/** Ways multiply with every parent of every parent: so many are told, those over the first parents first. */
export const MOST_WAYS = 32

/** Ancestors of a record, topmost first. */
export function ancestors(page: Page, facts: RecordFacts, at: string | null): RecordFacts[] {
  const above: RecordFacts[] = []
  const seen = new Set<number>()
  for (let id = facts.parent; id !== undefined && !seen.has(id);) {
    seen.add(id)
    const parent = page.state(id, at)
    if (!parent) break
    above.push(parent)
    id = parent.parent
  }
  return above.toReversed()
}

/** Ways from the top, each topmost first. A record that has no parents has no way; one that the top is a parent of, an empty one. */
export function ways(page: Page, facts: RecordFacts, at: string | null): RecordFacts[][] {
  const found: RecordFacts[][] = facts.parents?.includes(TOP_LEVEL) ? [[]] : []
  const parentsOf = (record: RecordFacts) => (record.parents ?? []).flatMap((id) => page.state(id, at) ?? [])
  const open = parentsOf(facts).map((parent) => [parent])
  // The shortest open way goes on first, so that a limit is reached with whole ways of all parents and not with one long one.
  for (let way = open.shift(); way && found.length < MOST_WAYS; way = open.shift()) {
    const [top] = way
    const above = top ? parentsOf(top).filter((parent) => parent !== facts && !way.includes(parent)) : []
    if (above.length === 0) found.push(way)
    else if (open.length < MOST_WAYS) for (const parent of above) open.push([parent, ...way])
    else open.push([above[0] as RecordFacts, ...way])
  }
  return found
}

/** Parents that are known, as references. The top level is a parent without an id, as it may be written too. */
export function parentsJson(page: Page, { name }: Table, facts: RecordFacts, at: string | null, reference: (facts: RecordFacts) => string): string {
  const parents = (facts.parents ?? []).flatMap((id) => {
    if (id === TOP_LEVEL) return `{"_objecttype":"${name}","${name}":{"_id":null}}`
    const parent = page.state(id, at)
    return parent ? reference(parent) : []
  })
  return `[${parents.join(',')}]`
}

export const standsInHierarchy = (table: Table, mask: Mask): boolean => (table.hierarchical || table.polyhierarchical) && mask.system.parent.shown
