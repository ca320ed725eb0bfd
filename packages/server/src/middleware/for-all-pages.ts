/**
 * Viewers of images run on pages of other servers, and browsers ask first whether they may. They may read whatever is answered, also
 * why something is refused; no cookie goes along, so nobody gets more than the address and its headers allow.
 */
import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { ServerEnv } from '../env.ts'

const PREFLIGHT_SECONDS = 86_400

const answered = cors({
  origin: '*',
  allowMethods: ['GET', 'HEAD'],
  allowHeaders: ['Accept', 'Authorization', 'If-Modified-Since', 'If-None-Match', 'X-Fylr-Authorization', 'X-Fylr-Signature'],
  exposeHeaders: ['Content-Length', 'ETag', 'Link'],
  maxAge: PREFLIGHT_SECONDS,
})

/** Only what a browser asks beforehand is answered here; any other OPTIONS is a method that there is not. */
export const forAllPages = (): MiddlewareHandler<ServerEnv> => (c, next) =>
  c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') === undefined ? next() : answered(c, next)
