/**
 * A page of the records that a caller may read. Most callers read nearly everything, or nearly nothing, of a type. Where few
 * records come out of everything that leads to readable ones, those are gathered. Else the page is looked for among a few times
 * as many records as it takes to fill it, in their order; and where that does not do, the smaller effort of the two decides.
 */
import type { ReadScope } from '@vitrine/domain/access/read-scope'
import { streamsStatement, unorderedStatement, walkStatement, type PageOf, type Statement } from './records-scope-sql.ts'

export interface ScopeLimits {
  /** How many records are looked at for each one that is wanted, and for a page at least. */
  readonly perRecord: number
  readonly atLeast: number
  /** More than these are not put in order for a page. */
  readonly gathered: number
}
const LIMITS: ScopeLimits = { perRecord: 2, atLeast: 100, gathered: 20_000 }
/** So few pools can be read in the order of the page, however many records are in them. */
const FEW_POOLS = 4

type Ask = <T>(statement: Statement) => Promise<readonly T[]>
interface Walked {
  readonly rows: string | null
  readonly found: number
  readonly size: number | null
}

/** System id and row by turns, in one text, in the order of object ids. */
export async function scopedRows(ask: Ask, scope: ReadScope, page: PageOf, limits: ScopeLimits = LIMITS): Promise<string> {
  // Nothing is shown through a mask that may be used nowhere.
  if (scope.masks.length === 0 || page.limit === 0) return ''
  const gather = async () => (await ask<{ rows: string | null }>(streamsStatement(scope, page)))[0]?.rows ?? ''
  const leadTo = (count: number) => isReached(ask, unorderedStatement(scope, page, count), count)
  const wanted = page.offset + page.limit
  const budget = wanted * limits.perRecord + limits.atLeast
  if (poolsOf(scope) <= FEW_POOLS && !(await leadTo(budget))) return gather()
  const [walked] = await ask<Walked>(walkStatement(scope, page, budget))
  if (walked && (walked.found >= wanted || (walked.size ?? 0) < budget)) return walked.rows ?? ''
  if (!(await leadTo(Math.max(limits.gathered, wanted)))) return gather()
  const [found] = await ask<Walked>(walkStatement(scope, page, null))
  return found?.rows ?? ''
}

const poolsOf = ({ places }: ReadScope) => places.reduce((sum, { pools }) => sum + (pools?.length ?? 1), 0)

/** Whether tags, collections and lists lead to so many records. */
async function isReached(ask: Ask, statement: Statement | undefined, count: number): Promise<boolean> {
  if (!statement) return false
  const [unordered] = await ask<{ count: number }>(statement)
  return (unordered?.count ?? 0) >= count
}
