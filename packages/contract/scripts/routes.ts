/** A bundled document → operation table, handler metadata and route definitions, as TypeScript sources. */
import type { OperationEntry } from '../src/operation-table.ts'
import type { Node, Operation } from './document.ts'

const q = (value: unknown) => JSON.stringify(value)
const PLACES = [
  ['path', 'params'],
  ['query', 'query'],
  ['header', 'headers'],
] as const

/** Parameters the document gives a default: handlers see them as always present. */
const defaulted = (op: Operation, place: string) =>
  op.parameters
    .filter((p) => p.in === place && p.schema?.default !== undefined)
    .map((p) => q(p.name))
    .join(' | ') || 'never'

export const printMeta = (operations: readonly Operation[]) => `// generated from openapi/; not edited by hand
export interface Meta {
${operations.map((op) => `  ${op.id}: { tag: ${q(op.tag)}; query: ${defaulted(op, 'query')}; header: ${defaulted(op, 'header')}; path: never }`).join('\n')}
}
`

// Bodies are read and judged by the mount: the framework would turn a body that is too large or too slow into "malformed".
function routeOf(op: Operation): string {
  const request: string[] = []
  for (const [place, key] of PLACES)
    if (op.parameters.some((p) => p.in === place) || place === 'query') request.push(`${key}: s.params(${q(op.id)}, ${q(place)})`)
  const responses = Object.entries<Node>(op.responses).map(([status, r]) => `${q(status)}: { description: ${q(r.description ?? '')} }`)
  return `    ${op.id}: createRoute({ method: ${q(op.method)}, path: ${q(op.path)}, operationId: ${q(op.id)}, tags: [${q(op.tag)}], hide: true, request: { ${request.join(', ')} }, responses: { ${responses.join(', ')} } }),`
}

export const printRoutes = (operations: readonly Operation[]) => `// generated from openapi/; not edited by hand
import { createRoute, type RouteConfig } from '@hono/zod-openapi'
import type { RouteSchemas } from '../../route-schemas.ts'

export const routesOf = (s: RouteSchemas): Record<string, RouteConfig> => ({
${operations.map(routeOf).join('\n')}
})
`

export const entryOf = (op: Operation): OperationEntry => ({
  id: op.id,
  method: op.method,
  path: op.path,
  ...(op.rest === undefined ? {} : { rest: op.rest }),
  tag: op.tag,
  right: op.right,
  errors: op.errors,
  statuses: Object.keys(op.responses),
  bodyTypes: Object.keys(op.body?.content ?? {}),
  bodyRequired: op.body?.required ?? false,
  query: op.parameters.filter((p) => p.in === 'query').map((p): string => p.name),
})

export const printOperations = (operations: readonly Operation[]) => `// generated from openapi/; not edited by hand
import type { OperationEntry } from '../../operation-table.ts'

export const operationTable: readonly OperationEntry[] = [
${operations.map((op) => `  ${JSON.stringify(entryOf(op))},`).join('\n')}
]
`
