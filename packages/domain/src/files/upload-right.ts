/** What `asset_upload` on a record lets somebody do with the files of its fields. */
import type { Rights } from '../access/access.ts'
import { fail } from '../errors.ts'
import { bytesOf } from '../people/merge-rights.ts'
import { baseName, type StoredFile } from './file.ts'
import { covers } from './file-rights.ts'

export type UploadedFile = Pick<StoredFile, 'id' | 'class' | 'extension' | 'sizeBytes' | 'originalFilepath'>

/**
 * Whether a file may be put into a field, or with null, one be taken out of it. Where there is a limit, one whose size is not known
 * yet may not, and FileLimitExceeded tells of one that is too large.
 */
export function mayUpload(rights: Rights, columnId: number, file: UploadedFile | null): boolean {
  const right = rights['asset_upload']
  if (!right || !covers(right, columnId, null)) return false
  if (!file) return right['allow_update_and_remove'] === true
  if (!names(right['classes'], file.class) || !names(right['extensions'], file.extension)) return false
  const limit = right['limit'] === undefined || right['limit'] === null ? null : bytesOf(right['limit'])
  if (limit === null) return true
  if (file.sizeBytes === null) return false
  if (file.sizeBytes > limit) fail('FileLimitExceeded', { filesize: file.sizeBytes, limit, filename: baseName(file.originalFilepath) })
  return true
}

/** A list that is empty or missing limits nothing. */
function names(list: unknown, name: string): boolean {
  if (!Array.isArray(list) || list.length === 0) return true
  return (list as unknown[]).some((entry) => String(entry).toLowerCase().replace(/^\./, '') === name.toLowerCase())
}
