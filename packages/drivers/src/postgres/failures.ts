/**
 * Foreign errors become the domain's at this edge. What a caller can act on has a code; the rest stays as it is and is
 * answered as an unknown failure by the server.
 */
import { DomainError } from '@vitrine/domain/errors'
import postgres from 'postgres'

const CONNECTION_LOST = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  '25P03', // idle_in_transaction_session_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
])

/** The SQLSTATE or client code of an error, also when drizzle has wrapped it. */
export function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const code = (at as { code?: unknown }).code
    if (typeof code === 'string') return code
  }
  return undefined
}

/** The constraint that refused a row, or undefined when the error is something else. */
export function violatedConstraint(error: unknown): { code: string; name: string } | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++)
    if (at instanceof postgres.PostgresError && at.code.startsWith('23')) return { code: at.code, name: at.constraint_name ?? '' }
  return undefined
}

/** Serialization failures and deadlocks: the same transaction may succeed when run again at once. */
export const isTransient = (error: unknown) => ['40001', '40P01'].includes(codeOf(error) ?? '')
/** The statement stood behind another one of its transaction that has failed; why is told by that one's failure only. */
export const isAftermath = (error: unknown) => codeOf(error) === '25P02'
/** Somebody held a lock for longer than waiting makes sense; the caller decides when to try again. */
const LOCK_NOT_AVAILABLE = '55P03'

export function translated(error: unknown): unknown {
  if (error instanceof DomainError) return error
  const code = codeOf(error)
  if (code === undefined) return error
  if (isTransient(error) || code === LOCK_NOT_AVAILABLE)
    return new DomainError('DatabaseLockError', { object: 'what this request changes' }, { cause: error, retryable: true })
  if (code === '57014') return new DomainError('RequestTimeout', {}, { cause: error, note: 'a statement ran out of time' })
  if (CONNECTION_LOST.has(code))
    return new DomainError('ServiceUnavailable', {}, { cause: error, note: 'the database cannot be reached', retryable: true })
  // Data exceptions: the request holds a number beyond 64 bits, a NUL in a text, or a date that no calendar has.
  if (/^22[0-9A-Z]{3}$/.test(code))
    return new DomainError('ServerGeneric', { msg: 'a value of the request is beyond what can be stored' }, { cause: error })
  return error
}
