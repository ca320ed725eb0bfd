/**
 * The only place that turns an error into a status and a body. A failure of the domain has its code; everything unforeseen
 * answers generically and is logged in full with the request id.
 */
import { errorRegister } from '@vitrine/contract'
import { DomainError, fail, isDomainError } from '@vitrine/domain/errors'
import { RequestRefused } from '@vitrine/domain/objects/save-refused'
import type { Refusal } from '@vitrine/contract/mount'
import type { Context, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ServerEnv } from '../env.ts'

export interface Envelope {
  readonly code: string
  readonly error: string
  readonly package: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly realm: 'api'
  readonly statuscode: number
  readonly problems?: readonly object[]
}

export function envelopeOf(error: DomainError, status = errorRegister[error.code].status): Envelope {
  const parameters = { realm: 'api', statuscode: status, ...error.parameters }
  const { package: origin } = errorRegister[error.code]
  const envelope: Envelope = { code: error.code, error: error.message, package: origin, parameters, realm: 'api', statuscode: status }
  return error instanceof RequestRefused ? { ...envelope, problems: error.problems.map(problemOf) } : envelope
}

const problemOf = ({ index, pointer, error: { code, message, parameters } }: RequestRefused['problems'][number]) => ({
  index,
  pointer,
  code,
  error: message,
  parameters,
})

/** A request that does not fit the document. */
export function refuse(problem: Refusal): never {
  if (problem.kind === 'mediaType') return fail('UnsupportedMediaType', { mediatype: /not (.+)$/.exec(problem.message)?.[1] ?? '' })
  const at = problem.pointer ? `${problem.where} ${problem.pointer}` : problem.where
  return fail('ServerGeneric', { msg: `${at}: ${problem.message}`, where: problem.where, pointer: problem.pointer })
}

export const onError: ErrorHandler<ServerEnv> = (error, c) => {
  const known = knownFailure(error)
  if (!known) {
    log(c)?.error({ err: error }, 'unforeseen failure')
    const hidden = new DomainError('ServerGeneric', { msg: 'an unforeseen failure; the log of the server has the details under this request id' })
    return answer(c, envelopeOf(hidden, 500))
  }
  if (known.note !== undefined || known.cause !== undefined)
    log(c)?.[known.code === 'ServiceUnavailable' ? 'error' : 'info']({ err: known, note: known.note }, known.code)
  const response = answer(c, envelopeOf(known))
  for (const [name, value] of Object.entries(headersOf(known))) response.headers.set(name, value)
  return response
}

/** What some failures say in the words of HTTP as well. */
function headersOf({ code, parameters }: DomainError): Record<string, string> {
  if (code === 'TooManyRequests') return { 'retry-after': String((parameters as { retryafter: number }).retryafter) }
  if (code === 'RangeNotSatisfiable') return { 'content-range': `bytes */${(parameters as { filesize: number }).filesize}` }
  return {}
}

/** Failures can come before the middleware that gives the request its log. */
const log = (c: Context<ServerEnv>) => c.get('log') as ServerEnv['Variables']['log'] | undefined

function knownFailure(error: unknown): DomainError | undefined {
  if (isDomainError(error)) return error
  // The framework's own refusals: a body that is not JSON at all, or none where one is needed.
  if (error instanceof HTTPException && error.status === 400)
    return new DomainError(
      'ServerGeneric',
      { msg: `body: ${error.message || 'is not valid JSON'}`, where: 'body', pointer: '' },
      { cause: error.cause },
    )
  return undefined
}

const answer = (c: Context<ServerEnv>, envelope: Envelope) =>
  new Response(JSON.stringify(envelope), {
    status: envelope.statuscode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store, no-cache', ...requestIdOf(c) },
  })

const requestIdOf = (c: Context<ServerEnv>): Record<string, string> => {
  const id = c.get('requestId') as string | undefined
  return id === undefined ? {} : { 'x-request-id': id }
}
