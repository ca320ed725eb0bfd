/**
 * The one error type of the domain. A code and its parameters come from the contract's register and are meant for the
 * caller; the note and the cause are meant for the log and never leave the server.
 */
import { errorRegister, type ErrorCode, type ErrorParameters } from '@vitrine/contract'

export type { ErrorCode, ErrorParameters }

export interface ErrorDetails {
  /** Said to the log only. */
  readonly note?: string
  readonly cause?: unknown
  /** True when the same call may succeed if it is simply repeated. */
  readonly retryable?: boolean
}

export class DomainError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C
  readonly parameters: ErrorParameters[C]
  readonly note: string | undefined
  readonly retryable: boolean

  constructor(code: C, parameters: ErrorParameters[C], details: ErrorDetails = {}) {
    super(sentence(code, parameters), details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'DomainError'
    this.code = code
    this.parameters = parameters
    this.note = details.note
    this.retryable = details.retryable ?? false
  }
}

/** The register's text with its placeholders filled in. */
function sentence(code: ErrorCode, parameters: object): string {
  const values = parameters as Readonly<Record<string, unknown>>
  return errorRegister[code].text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    return value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
  })
}

/** Refuses: throws a DomainError. An expression of type never, so it can stand where a value is expected. */
export function fail<C extends ErrorCode>(code: C, parameters: ErrorParameters[C], details?: ErrorDetails): never {
  throw new DomainError(code, parameters, details)
}

export const isDomainError = (error: unknown): error is DomainError => error instanceof DomainError
