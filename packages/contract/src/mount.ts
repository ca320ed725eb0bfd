/**
 * Registers a handler for every operation of a document on a Hono app. A document with an operation that has no handler
 * does not start. Order per request: the guard (who may call), the media type, parameters, body, handler.
 */
import type { Context, Env, MiddlewareHandler } from 'hono'
import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import type { Answer, DocumentTypes, Handlers } from './handlers.ts'
import type { OperationEntry } from './operation-table.ts'
import { byFreedom, routingPath } from './paths.ts'
import { RouteSchemas } from './route-schemas.ts'
import { mayHoldUnstorable, nestsDeeper, unstorableText } from './texts.ts'
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
/** Far beyond any record, far below what a recursive reader can follow. */
const MAX_DEPTH = 500
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
    // There is no such response on this platform; it is written by whoever takes the connection over.
    empty: (status: number, headers?: Headers) =>
      answer(() => new Response(null, { status: status === 101 ? 200 : status, headers: headerPairs(headers, {}) })),
    raw: (status: number, type: string, body: BodyInit | null, headers?: Headers) =>
      answer(() => new Response(body, { status, headers: headerPairs(headers, { 'content-type': type }) })),
  }
}

interface BodyReader {
  readonly read: (text: string) => unknown
  readonly validate: Validate
  /** Whether the source can spell characters that cannot be kept; only then is every value looked at. */
  readonly suspicious: (text: string) => boolean
}
type Refuse = (problem: Refusal) => never

const refuseBody = (refuse: Refuse, pointer: string, message: string) => refuse({ kind: 'invalid', where: 'body', pointer, message })

function readJson(text: string, refuse: Refuse): unknown {
  if (nestsDeeper(text, MAX_DEPTH)) refuseBody(refuse, '', `nests deeper than ${MAX_DEPTH} levels`)
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    return refuse({ kind: 'malformed', where: 'body', pointer: '', message: (error as SyntaxError).message })
  }
}

/** A field that was sent several times becomes a list, which the document then accepts or refuses. */
function formFields(text: string): Record<string, unknown> {
  const fields = new URLSearchParams(text)
  return Object.fromEntries(
    [...new Set(fields.keys())].map((name) => {
      const values = fields.getAll(name)
      return [name, values.length === 1 ? values[0] : values]
    }),
  )
}

/** How bodies of each media type are read: decided, and compiled, when the first such body comes. */
function bodyReaders(validators: Validators, id: string, refuse: Refuse): (type: string) => BodyReader | undefined {
  const readers = new Map<string, BodyReader>()
  const make = (type: string): BodyReader => {
    const validate = validators.body(id, type)
    if (type !== FORM) return { read: (text) => readJson(text, refuse), validate, suspicious: mayHoldUnstorable }
    const readTexts = validators.formReader(id)
    return { read: (text) => readTexts(formFields(text)), validate, suspicious: (text) => text.includes('%00') || text.includes('\0') }
  }
  return (type) => {
    if (type !== FORM && !isJson(type)) return undefined
    const reader = readers.get(type) ?? make(type)
    readers.set(type, reader)
    return reader
  }
}

/** The framework would read bodies too, but it takes one that is too large or too slow for malformed JSON. */
async function readBody<E extends Env>(c: Context<E>, { read, validate, suspicious }: BodyReader, refuse: Refuse): Promise<unknown> {
  const text = await c.req.text()
  const value = read(text)
  if (!validate(value)) {
    const first = validate.errors?.[0]
    const extra = first?.keyword === 'additionalProperties' ? `: ${first.params['additionalProperty']}` : ''
    refuseBody(refuse, first?.instancePath ?? '', `${first?.message ?? 'is not valid'}${extra}`)
  }
  const unstorable = suspicious(text) ? unstorableText(value) : undefined
  if (unstorable !== undefined) refuseBody(refuse, unstorable, 'holds a character that cannot be kept')
  return value
}

/**
 * Behind a socket every POST has a stream, also one that ends at once. A message without a length and without chunks has no
 * body; so has one of the length 0, whatever type its client names for everything it sends.
 */
function withoutBody<E extends Env>(c: Context<E>): boolean {
  const length = c.req.header('content-length')
  const untold = c.req.header('content-type') === undefined && length === undefined && c.req.header('transfer-encoding') === undefined
  return c.req.raw.body === null || length === '0' || untold
}

function mediaTypeOf<E extends Env>(c: Context<E>, operation: OperationEntry, refuse: Refuse): string | undefined {
  if (!operation.bodyTypes.length) return undefined
  if (!operation.bodyRequired && withoutBody(c)) return undefined
  const sent = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  const type = operation.bodyTypes.find((t) => t === sent) ?? operation.bodyTypes.find((t) => t === '*/*')
  if (type) return type
  const message = `the body has to be ${operation.bodyTypes.join(' or ')}, not ${sent ?? 'untyped'}`
  return refuse({ kind: 'mediaType', where: 'body', pointer: '', message })
}

type Run<E extends Env> = (c: Context<E>) => Promise<Response>
type HandlerTable = Readonly<Record<string, (call: object, reply: object) => Promise<Answer<unknown>>>>

/**
 * The router answers HEAD by what GET would answer, without the body. A HEAD that the document describes beside a GET is
 * therefore taken out of the way of that GET, after its guard and with its parameters: they have to be the same.
 */
function headsBesideGets(operations: readonly OperationEntry[], validators: Validators): ReadonlyMap<string, OperationEntry> {
  const gets = new Map(operations.filter((o) => o.method === 'get').map((o) => [o.path, o]))
  const readBy = ({ id, right }: OperationEntry) =>
    JSON.stringify([right, (['path', 'query', 'header'] as const).map((place) => validators.parametersOf(id, place))])
  const heads = new Map<string, OperationEntry>()
  for (const head of operations) {
    const get = head.method === 'head' ? gets.get(head.path) : undefined
    if (!get) continue
    if (readBy(get) !== readBy(head)) throw new Error(`${head.id} has another right or other parameters than ${get.id}`)
    heads.set(get.id, head)
  }
  return heads
}

const onlyHead =
  <E extends Env>(): MiddlewareHandler<E> =>
  (c, next) =>
    c.req.method === 'HEAD' ? next() : Promise.resolve(c.notFound())

export function mount<D extends DocumentTypes, E extends Env>(app: OpenAPIHono<E>, handlers: Handlers<D, E>, options: MountOptions<E>): void {
  const { validators, operations, guard, refuse } = options
  const table = handlers as unknown as HandlerTable
  const missing = operations.filter((o) => typeof table[o.id] !== 'function').map((o) => o.id)
  if (missing.length) throw new Error(`operations without a handler: ${missing.join(', ')}`)
  const routes = options.routes(new RouteSchemas(validators))

  const runOf = (operation: OperationEntry): Run<E> => {
    const handler = table[operation.id] as HandlerTable[string]
    const reply = replyOf(validators, operation.id)
    const readerFor = bodyReaders(validators, operation.id, refuse)
    const request = routes[operation.id]?.request ?? {}
    const bodyOf = async (c: Context<E>): Promise<unknown> => {
      const type = mediaTypeOf(c, operation, refuse)
      if (type === undefined) return undefined
      const reader = readerFor(type)
      return reader ? readBody(c, reader, refuse) : c.req.raw.body
    }
    return async (c) => {
      const valid = (place: string) => (c.req as unknown as { valid(place: string): unknown }).valid(place)
      const params = request.params ? valid('param') : {}
      const query = request.query ? valid('query') : {}
      const headers = request.headers ? valid('header') : {}
      const answer = await handler({ params, query, headers, body: await bodyOf(c), c }, reply)
      return answer.toResponse()
    }
  }

  const heads = headsBesideGets(operations, validators)
  const beside = new Set(heads.values())
  for (const operation of operations.toSorted(byFreedom)) {
    if (beside.has(operation)) continue
    const route = routes[operation.id] as RouteConfig
    const alone = operation.method === 'head'
    const own = runOf(operation)
    const head = heads.get(operation.id)
    const runHead = head && runOf(head)
    const run: Run<E> = runHead ? (c) => (c.req.method === 'HEAD' ? runHead(c) : own(c)) : own
    const checkType: MiddlewareHandler<E> = async (c, next) => {
      mediaTypeOf(c, operation, refuse)
      await next()
    }
    const middleware = [...(alone ? [onlyHead<E>()] : []), guard(operation), ...(operation.bodyTypes.length ? [checkType] : [])]
    const method = alone ? 'get' : route.method
    // The framework's own handler type is derived from zod schemas, which are deliberately empty here; ours is stricter.
    app.openapi({ ...route, method, path: routingPath(operation.path, operation.rest), middleware } as never, run as never)
  }
}
