/** What can go wrong, as types one can branch on: the server said no, the sign-in said no, or there was no answer at all. */
import type { ErrorCode, ErrorParameters } from './gen/errors.ts'

export type { ErrorCode, ErrorParameters }

/** A failure the server explained. `code` comes from the contract's register; a newer server may know more codes. */
export class VitrineError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'VitrineError'
  readonly code: C
  readonly parameters: ErrorParameters[C]
  readonly status: number
  /** Under this id the server logged the request. */
  readonly requestId: string | undefined

  constructor(code: C, message: string, details: { parameters: ErrorParameters[C]; status: number; requestId: string | undefined }) {
    super(message)
    this.code = code
    this.parameters = details.parameters
    this.status = details.status
    this.requestId = details.requestId
  }
}

/** The sign-in endpoints fail in the form of RFC 6749, for example with `invalid_grant`. */
export class SignInError extends Error {
  override readonly name = 'SignInError'
  readonly code: string
  readonly status: number

  constructor(code: string, description: string | undefined, status: number) {
    super(description ?? code)
    this.code = code
    this.status = status
  }
}

/** No usable answer: no connection, a time-out, or something that is no answer of this API. Whether a write happened is unknown. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly status: number | undefined

  constructor(message: string, options?: { cause?: unknown; status?: number }) {
    super(message, options?.cause === undefined ? {} : { cause: options.cause })
    this.status = options?.status
  }
}

/** With a code, the parameters have the types that belong to it. */
export function isVitrineError(error: unknown): error is VitrineError
export function isVitrineError<C extends ErrorCode>(error: unknown, code: C): error is VitrineError<C>
export function isVitrineError(error: unknown, code?: ErrorCode): boolean {
  return error instanceof VitrineError && (code === undefined || error.code === code)
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The error for a failed response whose body was read already. */
export function errorOf(response: Response, body: unknown): Error {
  if (isRecord(body) && typeof body['code'] === 'string' && typeof body['error'] === 'string') {
    const parameters = (isRecord(body['parameters']) ? body['parameters'] : {}) as ErrorParameters[ErrorCode]
    const requestId = response.headers.get('x-request-id') ?? undefined
    return new VitrineError(body['code'] as ErrorCode, body['error'], { parameters, status: response.status, requestId })
  }
  if (isRecord(body) && typeof body['error'] === 'string') {
    const description = body['error_description']
    return new SignInError(body['error'], typeof description === 'string' ? description : undefined, response.status)
  }
  return new ConnectionError(`status ${response.status} without an explanation of this API`, { status: response.status })
}
