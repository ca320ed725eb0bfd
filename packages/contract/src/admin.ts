/** The administration document: its bytes, its operations, its types, and handlers for it. */
import { readFileSync } from 'node:fs'
import type { components, operations, paths } from './gen/admin/types.ts'
import type { Meta } from './gen/admin/meta.ts'
import type { DocumentTypes } from './handlers.ts'
import { Validators } from './validators.ts'

export { operationTable as adminOperations } from './gen/admin/operations.ts'
export { routesOf as adminRoutes } from './gen/admin/routes.ts'
export type { components as AdminComponents, operations as AdminOperations, paths as AdminPaths }

export type AdminSchemas = components['schemas']
export interface AdminDocument extends DocumentTypes {
  readonly operations: operations
  readonly meta: Meta
}

/** The bundled document exactly as generated; what `/openapi.json` on its own port answers. */
export const adminBytes: Uint8Array<ArrayBuffer> = new Uint8Array(readFileSync(new URL('gen/admin/openapi.json', import.meta.url)))
export const adminValidators = new Validators(JSON.parse(new TextDecoder().decode(adminBytes)) as object)
