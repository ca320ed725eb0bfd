/**
 * The longest body. One that tells its length is judged by that, because a connection brings no more than was told. Others are
 * counted while they come, which takes a stream of the platform and costs a short request more than all the rest.
 */
import { fail } from '@vitrine/domain/errors'
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ServerEnv } from '../env.ts'

export function limitBody(limit: number): MiddlewareHandler<ServerEnv> {
  const refuse = () => fail('RequestTooLarge', { limit })
  const counted = bodyLimit({ maxSize: limit, onError: refuse })
  return (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
    const length = c.req.header('content-length')
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) return counted(c, next)
    return Number(length) <= limit ? next() : refuse()
  }
}
