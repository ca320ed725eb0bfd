/** The administration API: the order of middleware, and the operations of its document. Nothing else. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { adminOperations, adminRoutes, adminValidators, type AdminDocument } from '@vitrine/contract/admin'
import { mount } from '@vitrine/contract/mount'
import type { InstanceService } from '@vitrine/domain/instances/instances'
import { basicAuth, FailureCounter } from './admin-middleware/basic-auth.ts'
import { onAdminError, plain, PlainFailure, refuseAdmin } from './admin-middleware/failures.ts'
import type { Passphrase } from './admin-middleware/passphrase.ts'
import { instanceHandlers } from './admin-routes/instances/index.ts'
import { operationHandlers } from './admin-routes/operations/index.ts'
import { compress } from 'hono/compress'
import type { ServerEnv } from './env.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Logger } from './log.ts'
import { accessLog } from './middleware/access-log.ts'
import { standardHeaders } from './middleware/headers.ts'
import { requestId } from './middleware/request-id.ts'

export interface AdminPorts {
  readonly instances: InstanceService
  readonly passphrase: Passphrase
  readonly lifecycle: Lifecycle
  readonly log: Logger
  /** Version of the server. */
  readonly version: string
}

const KNOWN_PATHS = [...new Set(adminOperations.map(({ path }) => path))].map((path) => ({
  matches: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  methods: adminOperations.filter((operation) => operation.path === path).map(({ method }) => method.toUpperCase()),
}))

export function createAdminApp(ports: AdminPorts): OpenAPIHono<ServerEnv> {
  const app = new OpenAPIHono<ServerEnv>({
    defaultHook: (result) => {
      if (result.success) return
      const issue = result.error.issues[0]
      const where = result.target === 'param' ? 'path' : result.target === 'json' ? 'body' : result.target
      refuseAdmin({
        kind: 'invalid',
        where: where as 'path' | 'query' | 'header' | 'body',
        pointer: `/${String(issue?.path[0] ?? '')}`.replace(/\/$/, ''),
        message: issue?.message ?? 'is not valid',
      })
    },
  })
  app.onError(onAdminError)
  app.notFound((c) => {
    const known = KNOWN_PATHS.find(({ matches }) => matches.test(c.req.path))
    return plain(c, known ? new PlainFailure(405, 'Method Not Allowed', { allow: known.methods.join(', ') }) : new PlainFailure(404, 'Not Found'))
  })
  app.use(
    requestId(ports.log),
    accessLog(),
    standardHeaders(() => ports.lifecycle.word()),
  )
  // Lists of all instances are long, and say much the same of each.
  app.use(compress({ encoding: 'gzip' }))
  const handlers = { ...instanceHandlers(ports.instances), ...operationHandlers(ports.lifecycle, ports.version) }
  const guard = basicAuth(ports.passphrase, new FailureCounter())
  mount<AdminDocument, ServerEnv>(app, handlers, {
    validators: adminValidators,
    operations: adminOperations,
    routes: adminRoutes,
    guard,
    refuse: refuseAdmin,
  })
  return app
}
