/**
 * What a save does to collections. New records go into the one that the request names, which may say how they have to be made and
 * whose they are; and what changes about stored ones may take the ground from under lists that share them.
 */
import { collectionTarget, linkToCollection, recheckChanged, type CollectionTarget } from '../collections/collection-records.ts'
import { sameAcl } from './save-acl.ts'
import type { Change, SaveContext } from './save-context.ts'
import { canonicalJson } from './values/plain-json.ts'
import type { RecordTransaction } from './write-store.ts'

export interface Destination {
  readonly target: CollectionTarget | null
  readonly changes: readonly Change[]
}

/** Asked before rights are, because a collection may give the right to make records in it. */
export async function destinationOf(tx: RecordTransaction, context: SaveContext, changes: readonly Change[]): Promise<Destination> {
  if (context.collection === null) return { target: null, changes }
  const own = changes.filter(({ origin }) => origin === 'request')
  const wanted = own.map(({ table, draft, row, stored }) => ({
    ...{ tableId: table.id, maskId: draft?.mask.id ?? null, poolId: row.poolId },
    isNew: stored === undefined,
  }))
  const target = await collectionTarget(tx.collections, context.collection, wanted, context)
  const { upload } = target
  if (!upload) return { target, changes }
  const owned = (change: Change): Change => ({ ...change, row: { ...change.row, ownerUser: upload.ownerUser, ownerGroup: null } })
  return { target, changes: changes.map((change) => (own.includes(change) ? owned(change) : change)) }
}

/** Puts the new records of the request into the collection that it names. Answers how many collections would stop sharing what they hold. */
export async function putIntoCollection(
  tx: RecordTransaction,
  context: SaveContext,
  target: CollectionTarget | null,
  changes: readonly Change[],
): Promise<number> {
  const made = changes.filter(({ origin, stored }) => origin === 'request' && !stored).map(({ row }) => row.systemId)
  return target ? linkToCollection(tx.collections, target, made, context) : 0
}

/** What becomes of the places that changed records have in collections. Answers how many would stop sharing what they hold. */
export async function keepCollections(tx: RecordTransaction, context: SaveContext, changes: readonly Change[]): Promise<number> {
  const touched = changes.filter((change) => context.collectionPolicy !== null || shiftsGround(change))
  const changed = touched.flatMap(({ stored, unchanged }) => (stored && !unchanged ? [stored.systemId] : []))
  return recheckChanged(tx.collections, changed, context.collectionPolicy, context)
}

/** Whether rights on the record can be others than before; what it says alone gives nobody any. */
function shiftsGround({ stored, row }: Change): boolean {
  if (!stored) return false
  const placeOf = ({ poolId, ownerUser, ownerGroup, parentId, privateAcl, tags }: typeof stored) =>
    canonicalJson([poolId, ownerUser, ownerGroup, parentId, privateAcl, [...tags].toSorted((a, b) => a - b)])
  return placeOf(stored) !== placeOf(row) || !sameAcl(stored.acl, row.acl)
}
