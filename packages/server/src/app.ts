/** The instance API: the order of middleware, and the operations of the document. Nothing else. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { instanceOperations, instanceRoutes, instanceValidators, type InstanceDocument } from '@vitrine/contract/instance'
import { mount } from '@vitrine/contract/mount'
import { fail } from '@vitrine/domain/errors'
import type { ServerEnv } from './env.ts'
import { isFileUpload } from './http/arrival.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Logger } from './log.ts'
import { limitBody } from './middleware/body-limit.ts'
import { accessLog } from './middleware/access-log.ts'
import { caller } from './middleware/caller.ts'
import { onError, refuse } from './middleware/errors.ts'
import { forAllPages } from './middleware/for-all-pages.ts'
import { guard } from './middleware/guard.ts'
import { standardHeaders } from './middleware/headers.ts'
import { oauth2Errors } from './middleware/oauth2-errors.ts'
import { requestId } from './middleware/request-id.ts'
import { tenant, type TenantFinder } from './middleware/tenant.ts'
import { TUS_PATHS, tusHeaders } from './middleware/tus-headers.ts'
import { handlersFor } from './routes/index.ts'

const FORM_BYTES = 64 * 1024

export interface AppPorts {
  readonly tenants: TenantFinder
  readonly lifecycle: Lifecycle
  readonly log: Logger
  readonly maxBodyBytes: number
}

export function createApp(ports: AppPorts): OpenAPIHono<ServerEnv> {
  const app = new OpenAPIHono<ServerEnv>({
    defaultHook: (result) => {
      if (result.success) return
      const issue = result.error.issues[0]
      const where = result.target === 'param' ? 'path' : result.target === 'json' ? 'body' : result.target
      refuse({
        kind: 'invalid',
        where: where as 'path' | 'query' | 'header' | 'body',
        pointer: pointerOf(issue?.path ?? []),
        message: issue?.message ?? 'is not valid',
      })
    },
  })
  app.onError(onError)
  app.notFound((c) => fail('UnknownEndpointMethod', { endpoint: c.req.path, method: c.req.method }))
  app.use(
    requestId(ports.log),
    accessLog(),
    standardHeaders(() => ports.lifecycle.word()),
  )
  for (const path of TUS_PATHS) app.use(path, tusHeaders())
  const limited = limitBody(ports.maxBodyBytes)
  // Files are stored while they arrive, and have limits of their own.
  app.use((c, next) => (isFileUpload(c.req.path) ? next() : limited(c, next)))
  // Forms and tokens are short, and anybody may send them.
  app.use('/api/oauth2/*', limitBody(Math.min(FORM_BYTES, ports.maxBodyBytes)))
  for (const path of ['/api/v1/eas/iiif/*', '/api/v1/eas/zoom/*']) app.use(path, forAllPages())
  // Whether the server lives and is ready is not a question to an instance.
  const forInstances = ['/api/*', '/.well-known/*'] as const
  for (const path of forInstances) app.use(path, oauth2Errors(), tenant(ports.tenants), caller())
  mount<InstanceDocument, ServerEnv>(app, handlersFor(ports.lifecycle), {
    validators: instanceValidators,
    operations: instanceOperations,
    routes: instanceRoutes,
    guard,
    refuse,
  })
  return app
}

const pointerOf = (path: readonly PropertyKey[]) => path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
