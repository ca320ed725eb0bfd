/**
 * How the administration API reports failures, in two families. Operations on instances answer JSON:API. The listener
 * itself (missing passphrase, unknown address) answers a plain message in the form that `Accept` asks for.
 */
import type { Refusal } from '@vitrine/contract/mount'
import { isDomainError } from '@vitrine/domain/errors'
import { failInstance, InstanceFailure, type InstanceProblem } from '@vitrine/domain/instances/failure'
import type { Context, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ServerEnv } from '../env.ts'

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  409: 'Conflict',
  422: 'Invalid Parameter',
  500: 'Unqualified error',
  503: 'Service Unavailable',
}
const STATUSES: Readonly<Record<InstanceProblem, number>> = {
  unknown: 404,
  exists: 409,
  alreadyDeleting: 409,
  illegalDomain: 422,
  invalidParameter: 422,
}

/** A failure of the listener itself. */
export class PlainFailure extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'PlainFailure'
    this.status = status
    this.headers = headers
  }
}

/** A request that does not fit the document. */
export const refuseAdmin = ({ kind, where, pointer, message }: Refusal): never => {
  if (kind === 'mediaType') throw new PlainFailure(415, message)
  if (kind === 'malformed' || where === 'body') throw new PlainFailure(400, message)
  const parameter = pointer.split('/')[1]?.replaceAll('~1', '/').replaceAll('~0', '~')
  // A missing parameter is reported at the place that lacks it, and named in the message only.
  return failInstance('invalidParameter', parameter ?? /'([^']+)'/.exec(message)?.[1], message)
}

export const onAdminError: ErrorHandler<ServerEnv> = (error, c) => {
  if (error instanceof PlainFailure) return plain(c, error)
  if (error instanceof HTTPException) return plain(c, new PlainFailure(error.status, error.message))
  if (error instanceof InstanceFailure) return jsonApi(c, STATUSES[error.problem], error.message, error.parameter)
  if (isDomainError(error) && error.code === 'ServiceUnavailable') {
    c.var.log.error({ err: error }, 'the database cannot be reached')
    return jsonApi(c, 503, error.message)
  }
  c.var.log.error({ err: error }, 'unforeseen failure')
  return jsonApi(c, 500, 'an unforeseen failure; the log of the server has the details under this request id')
}

function jsonApi(c: Context<ServerEnv>, status: number, detail: string, parameter?: string): Response {
  const failure = {
    status: String(status),
    title: TITLES[status] ?? 'Unqualified error',
    detail,
    ...(parameter !== undefined && { source: { parameter } }),
  }
  return new Response(JSON.stringify({ errors: [failure] }), { status, headers: { 'content-type': 'application/vnd.api+json', ...common(c) } })
}

export function plain(c: Context<ServerEnv>, failure: PlainFailure): Response {
  const { type, body } = inFormOf(c.req.header('accept') ?? '', failure.message)
  return new Response(body, { status: failure.status, headers: { 'content-type': type, ...common(c), ...failure.headers } })
}

function inFormOf(accept: string, message: string): { type: string; body: string } {
  if (accept.includes('application/json')) return { type: 'application/json', body: JSON.stringify({ error: message }) }
  if (!accept.includes('text/html')) return { type: 'text/plain; charset=utf-8', body: message }
  const text = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return { type: 'text/html; charset=utf-8', body: `<!doctype html><html lang="en"><title>${text}</title><p>${text}</p></html>` }
}

const common = (c: Context<ServerEnv>) => ({ 'cache-control': 'no-store, no-cache', 'x-request-id': c.var.requestId })
