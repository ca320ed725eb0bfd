/** The instance document: its bytes, its operations, its types, and handlers for it. */
import { readFileSync } from 'node:fs'
import type { components, operations, paths } from './gen/instance/types.ts'
import type { Meta } from './gen/instance/meta.ts'
import type { DocumentTypes } from './handlers.ts'
import { Validators } from './validators.ts'

export { operationTable as instanceOperations } from './gen/instance/operations.ts'
export { routesOf as instanceRoutes } from './gen/instance/routes.ts'
export type { components as InstanceComponents, operations as InstanceOperations, paths as InstancePaths }

export type Schemas = components['schemas']
export interface InstanceDocument extends DocumentTypes {
  readonly operations: operations
  readonly meta: Meta
}

/** The bundled document exactly as generated; what `/api/v1/system/openapi/spec.json` answers. */
export const instanceBytes: Uint8Array<ArrayBuffer> = new Uint8Array(readFileSync(new URL('gen/instance/openapi.json', import.meta.url)))
export const instanceValidators = new Validators(JSON.parse(new TextDecoder().decode(instanceBytes)) as object)
