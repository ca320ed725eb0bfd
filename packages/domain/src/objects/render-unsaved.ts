/** A record as a dry run would store it: there is no row to ask the database for, so everything is written from the values. */
import type { RecordFacts } from './record-store.ts'
import type { Rendered } from './render-page.ts'
import { planFor } from './render-plan.ts'
import type { RenderOptions, UnsavedItem } from './saved-renderer.ts'

export function unsavedRecord(item: UnsavedItem, { datamodel, format, skipReverseNested }: RenderOptions): Rendered {
  return {
    plan: planFor(datamodel, item.mask, format, { unsaved: true, skipReverse: skipReverseNested === true }),
    facts: factsOf(item),
    block: '',
    at: null,
  }
}

const second = (time: Date) => time.toISOString().replace(/\.\d+Z$/, 'Z')

function factsOf(item: UnsavedItem): RecordFacts {
  const { createUser, ownerUser, ownerGroup, poolId, parentId } = item
  return {
    id: item.systemId,
    table: item.table.id,
    object: item.objectId,
    uuid: item.uuid,
    version: item.version,
    newest: item.version,
    created: second(item.createdAt),
    modified: second(item.modifiedAt),
    ...(createUser !== null && { createUser }),
    ...(ownerUser !== null && { ownerUser }),
    ...(ownerGroup !== null && { ownerGroup }),
    ...(poolId !== null && { pool: poolId }),
    ...(parentId !== null && { parent: parentId }),
    ...(item.parents && { parents: item.parents }),
    ...(typeof item.childIdx === 'number' && { place: item.childIdx }),
    ...(item.acl && { acl: item.acl }),
    ...(item.privateAcl && { privateAcl: true }),
    tags: item.tags,
    ...(item.comment !== null && { comment: item.comment }),
    values: item.content,
  }
}
