/** What the errors of a file system mean for a store. */
import { BlobFailure, type BlobTrouble } from '@vitrine/domain/ports/blob-store'

const TROUBLES: Readonly<Record<string, BlobTrouble>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ELOOP: 'denied',
  ENAMETOOLONG: 'denied',
  // One key is the folder of another.
  EISDIR: 'denied',
  ENOTDIR: 'denied',
  ENOTEMPTY: 'denied',
}

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null)?.code

/** Everything else (a disk that fails, a share that is away, too many open files) may work later. */
export function fileFailure(error: unknown): BlobFailure {
  if (error instanceof BlobFailure) return error
  const code = codeOf(error)
  return new BlobFailure(TROUBLES[code ?? ''] ?? 'unavailable', `the folder says ${code ?? String(error)}`, error)
}

/** Null where there is nothing. Whether that is because the object or because the whole folder is missing is another question. */
export async function orMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return null
    throw error
  }
}
