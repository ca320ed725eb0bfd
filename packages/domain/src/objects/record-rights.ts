/**
 * Rights on single records. Access lists come later; until then only `system.root` opens records, and this is the one place
 * that says so.
 */
import type { Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'

export type RecordRight = 'read' | 'create' | 'write' | 'delete'

const DISPLAY_NAMES: Readonly<Record<RecordRight, string>> = { read: 'Read', create: 'Create', write: 'Write', delete: 'Delete' }

export function requireRecordRight(caller: Caller, table: Table, right: RecordRight, systemId?: number): void {
  if (caller.root) return
  fail('ObjectInsufficientRights', {
    objecttype: table.name,
    right,
    rightdisplayname: DISPLAY_NAMES[right],
    ...(systemId !== undefined && { systemobjectid: systemId }),
  })
}
