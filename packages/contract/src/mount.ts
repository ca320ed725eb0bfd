/**
 * Registers a handler for every operation of a document on a Hono app. A document with an operation that has no handler
 * does not start. Order per request: the guard (who may call), the media type, parameters, body, handler.
 */
import type { Context, Env, MiddlewareHandler } from 'hono'
import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import type { Answer, DocumentTypes, Handlers } from './handlers.ts'
import type { OperationEntry } from './operation-table.ts'
import { RouteSchemas } from './route-schemas.ts'
import type { Validate, Validators } from './validators.ts'

export interface MountOptions<E extends Env> {
  readonly validators: Validators
  readonly operations: readonly OperationEntry[]
  readonly routes: (schemas: RouteSchemas) => Record<string, RouteConfig>
  /** Runs before anything of the request is looked at; refuses by throwing. */
  readonly guard: (operation: OperationEntry) => MiddlewareHandler<E>
  /** Called with what is wrong; throws the failure of this plane. */
  readonly refuse: (problem: Refusal) => never
}
export interface Refusal {
  readonly kind: 'mediaType' | 'malformed' | 'invalid'
  readonly where: 'path' | 'query' | 'header' | 'body'
  readonly pointer: string
  readonly message: string
}

type Headers = Readonly<Record<string, unknown>> | undefined
const FORM = 'application/x-www-form-urlencoded'
const isJson = (type: string) => /^application\/([\w.-]+\+)?json$/.test(type)
const headerPairs = (headers: Headers, extra: Record<string, string>): [string, string][] => [
  ...Object.entries(extra),
  ...Object.entries(headers ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
]

/** The reply of one operation: knows which JSON media type the document names for a status. */
function replyOf(validators: Validators, id: string) {
  const responses = validators.operation(id).op.responses as Record<string, unknown>
  const jsonTypes = new Map(
    Object.entries(responses).map(([status, r]) => {
      const types = Object.keys(validators.dereference(r).content ?? {})
      return [Number(status), types.find(isJson) ?? 'application/json']
    }),
  )
  const answer = (toResponse: () => Response) => ({ toResponse }) as Answer<never>
  const text = (status: number, body: string, headers?: Headers) =>
    answer(() => new Response(body, { status, headers: headerPairs(headers, { 'content-type': jsonTypes.get(status) ?? 'application/json' }) }))
  return {
    json: (status: number, body: unknown, headers?: Headers) => text(status, JSON.stringify(body), headers),
    jsonText: text,
    empty: (status: number, headers?: Headers) => answer(() => new Response(null, { status, headers: headerPairs(headers, {}) })),
    raw: (status: number, type: string, body: BodyInit | null, headers?: Headers) =>
      answer(() => new Response(body, { status, headers: headerPairs(headers, { 'content-type': type }) })),
  }
}

/** Reads a body that the framework does not: forms, or operations that take several media types. */
async function readBody<E extends Env>(c: Context<E>, type: string, validate: Validate, refuse: MountOptions<E>['refuse']): Promise<unknown> {
  let value: unknown
  if (type === FORM) {
    const fields = new URLSearchParams(await c.req.text())
    value = Object.fromEntries(fields)
  } else {
    try {
      value = await c.req.json()
    } catch (error) {
      // A body that is too large or too slow has its own failure; only a syntax error is malformed JSON.
      if (!(error instanceof SyntaxError)) throw error
      refuse({ kind: 'malformed', where: 'body', pointer: '', message: error.message })
    }
  }
  if (!validate(value)) {
    const first = validate.errors?.[0]
    refuse({ kind: 'invalid', where: 'body', pointer: first?.instancePath ?? '', message: first?.message ?? 'is not valid' })
  }
  return value
}

function mediaTypeOf<E extends Env>(c: Context<E>, operation: OperationEntry, refuse: MountOptions<E>['refuse']): string | undefined {
  if (!operation.bodyTypes.length) return undefined
  const sent = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (sent === undefined && !operation.bodyRequired) return undefined
  const type = operation.bodyTypes.find((t) => t === sent) ?? operation.bodyTypes.find((t) => t === '*/*')
  if (type) return type
  const message = `the body has to be ${operation.bodyTypes.join(' or ')}, not ${sent ?? 'untyped'}`
  return refuse({ kind: 'mediaType', where: 'body', pointer: '', message })
}

// Literal paths are registered before patterned ones, so that `/user/session` is never read as `/user/{id}`.
const literalFirst = (a: OperationEntry, b: OperationEntry) => {
  const left = a.path.split('/')
  const right = b.path.split('/')
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = Number(left[i]?.includes('{')) - Number(right[i]?.includes('{'))
    if (order !== 0) return order
  }
  return left.length - right.length
}

export function mount<D extends DocumentTypes, E extends Env>(app: OpenAPIHono<E>, handlers: Handlers<D, E>, options: MountOptions<E>): void {
  const { validators, operations, guard, refuse } = options
  const table = handlers as unknown as Readonly<Record<string, (call: object, reply: object) => Promise<Answer<unknown>>>>
  const missing = operations.filter((o) => typeof table[o.id] !== 'function').map((o) => o.id)
  if (missing.length) throw new Error(`operations without a handler: ${missing.join(', ')}`)
  const routes = options.routes(new RouteSchemas(validators))

  for (const operation of operations.toSorted(literalFirst)) {
    const route = routes[operation.id] as RouteConfig
    const handler = table[operation.id] as (call: object, reply: object) => Promise<Answer<unknown>>
    const reply = replyOf(validators, operation.id)
    const framed = Boolean(route.request?.body)
    const own = new Map<string, Validate>()
    const checkType: MiddlewareHandler<E> = async (c, next) => {
      mediaTypeOf(c, operation, refuse)
      await next()
    }
    const run = async (c: Context<E>) => {
      const valid = (place: string) => (c.req as unknown as { valid(place: string): unknown }).valid(place)
      let body: unknown
      if (framed) body = valid('json')
      else if (operation.bodyTypes.length) {
        const type = mediaTypeOf(c, operation, refuse)
        if (type && (type === FORM || isJson(type))) {
          const validate = own.get(type) ?? validators.body(operation.id, type)
          own.set(type, validate)
          body = await readBody(c, type, validate, refuse)
        } else body = c.req.raw.body
      }
      const request = route.request ?? {}
      const answer = await handler(
        { params: request.params ? valid('param') : {}, query: request.query ? valid('query') : {}, headers: request.headers ? valid('header') : {}, body, c },
        reply,
      )
      return answer.toResponse()
    }
    // The framework's own handler type is derived from zod schemas, which are deliberately empty here; ours is stricter.
    app.openapi({ ...route, middleware: [guard(operation), checkType] } as never, run as never)
  }
}
