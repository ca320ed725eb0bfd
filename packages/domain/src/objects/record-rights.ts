/**
 * Rights on single records, asked for a whole batch at once. Whoever lacks one is told so for the first record in question.
 * What is not stored yet is asked about like what is: as a subject without a system id.
 */
import { allowsMask, type AccessSource, type AccessSubject, type CallerAccess, type Rights } from '../access/access.ts'
import type { Datamodel, Mask, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { rightDisplayname } from '../people/rights-catalogue.ts'
import type { StoredRecord } from './write-store.ts'

export type RecordRight = 'read' | 'create' | 'write' | 'delete' | 'acl' | 'change_owner' | 'link' | 'unlink' | 'mask' | 'asset_upload'

/** Fails with ObjectInsufficientRights unless the caller has all of these rights on each of the records; answers what they have. */
export async function requireRights(
  access: CallerAccess,
  source: AccessSource,
  subjects: readonly AccessSubject[],
  right: RecordRight | readonly RecordRight[],
): Promise<readonly Rights[]> {
  const rights = await access.rightsOn(source, subjects)
  for (const name of typeof right === 'string' ? [right] : right) demandRight(access, subjects, rights, name)
  return rights
}

/** The same for rights that are known already. */
export function demandRight(access: CallerAccess, subjects: readonly AccessSubject[], rights: readonly Rights[], right: RecordRight): void {
  subjects.forEach((subject, i) => rights[i]?.[right] ?? refuseRecord(access, subject, right))
}

/**
 * Fails with ObjectInsufficientRights unless this mask may be used on each of the records; `_all_fields` is for root alone. Which
 * mask is the standard one is for settings to say, where a datamodel with settings applied is at hand.
 */
export function demandMask(
  access: CallerAccess,
  subjects: readonly AccessSubject[],
  rights: readonly Rights[],
  mask: Mask,
  datamodel?: Pick<Datamodel, 'standardMask'>,
): void {
  if (access.root) return
  if (mask.id === null) fail('SystemRightRequired', { rights: 'system.root' })
  subjects.forEach((subject, i) => {
    const isStandard = datamodel ? mask === datamodel.standardMask(mask.table, subject.poolId ?? undefined) : mask.preferred
    if (!allowsMask(rights[i] ?? {}, subject.tableId, { id: mask.id, isStandard })) refuseRecord(access, subject, 'mask')
  })
}

export function refuseRecord(access: CallerAccess, { tableId, systemId }: AccessSubject, right: RecordRight): never {
  return fail('ObjectInsufficientRights', {
    objecttype: access.objecttype(tableId),
    right,
    rightdisplayname: rightDisplayname(right),
    // Below zero are the records of a dry run.
    ...(systemId !== null && systemId > 0 && { systemobjectid: systemId }),
  })
}

type Subject = Omit<AccessSubject, 'systemId'> & { readonly systemId: number | null }

/** A stored record, or one that is about to be stored, as the rights engine takes it. */
export const subjectOf = (record: Subject | StoredRecord): AccessSubject => ({
  systemId: record.systemId,
  tableId: record.tableId,
  poolId: record.poolId,
  parentId: record.parentId,
  tags: record.tags,
  ownerUser: record.ownerUser,
  ownerGroup: record.ownerGroup,
  privateAcl: record.privateAcl,
  acl: record.acl,
})

/** For operations that do not ask for rights on single records yet: only root passes. */
export function requireRecordRight(caller: Caller, table: Table, right: RecordRight, systemId?: number): void {
  if (caller.root) return
  fail('ObjectInsufficientRights', {
    objecttype: table.name,
    right,
    rightdisplayname: rightDisplayname(right),
    ...(systemId !== undefined && { systemobjectid: systemId }),
  })
}
