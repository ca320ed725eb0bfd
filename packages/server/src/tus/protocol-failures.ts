/** What the library of the protocol fails with, in the codes of the contract. */
import { ERRORS } from '@tus/server'
import { fail, isDomainError } from '@vitrine/domain/errors'
import type { ResumableUpload } from '@vitrine/domain/files/upload-store'

/** The library throws plain values, and failures of its own with a status. */
interface ProtocolFailure {
  readonly status_code: number
  readonly body: string
}

const isProtocolFailure = (error: unknown): error is ProtocolFailure =>
  typeof error === 'object' && error !== null && 'status_code' in error && 'body' in error

/** `offset` is where the request wanted to go on. */
export function failedWith(error: unknown, upload: ResumableUpload | null, offset: number): never {
  if (isDomainError(error) || !isProtocolFailure(error)) throw error
  const expected = upload?.offsetBytes ?? 0
  if (error.status_code === ERRORS.INVALID_OFFSET.status_code) return fail('UploadOffsetMismatch', { offset, expected })
  if (error.status_code === ERRORS.FILE_NOT_FOUND.status_code) return fail('ResourceNotFound', { resource: 'upload' })
  if (error.status_code === ERRORS.ERR_MAX_SIZE_EXCEEDED.status_code) {
    const msg = `more bytes came than the ${upload?.sizeBytes ?? expected} that were told`
    return fail('UploadError', { filename: upload?.metadata['filename'] ?? '', msg })
  }
  return fail('ServerGeneric', { msg: error.body.trim() })
}
