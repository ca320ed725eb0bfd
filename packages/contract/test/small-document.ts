/** A small document to mount in tests: it has what the real ones have little or nothing of. */
import type { RouteConfig } from '@hono/zod-openapi'
import { OpenAPIHono } from '@hono/zod-openapi'
import { METHODS, operationsOf } from '../scripts/document.ts'
import { entryOf } from '../scripts/routes.ts'
import { mount, type MountOptions, type Refusal } from '../src/mount.ts'
import type { OperationEntry } from '../src/operation-table.ts'
import type { RouteSchemas } from '../src/route-schemas.ts'
import { Validators, type Place } from '../src/validators.ts'

const json = (schema: object) => ({ 'application/json': { schema } })
const parameter = (name: string, where: Place, schema: object, required = where === 'path') => ({
  name,
  in: where,
  required,
  schema,
  description: name,
})
const work = {
  type: 'object',
  additionalProperties: false,
  required: ['title'],
  properties: {
    title: { type: 'string' },
    year: { type: 'integer', format: 'int64' },
    parts: { type: 'array', items: { $ref: '#/components/schemas/Work' } },
  },
}
const form = {
  type: 'object',
  additionalProperties: false,
  required: ['pages'],
  properties: { pages: { type: 'integer' }, hard: { type: 'boolean' }, note: { type: 'string' } },
}
const answers = { 200: { description: 'ok', content: json({}) }, default: { description: 'failed', content: json({}) } }
const operation = (operationId: string, more: object = {}) => ({
  operationId,
  tags: ['works'],
  'x-vitrine-right': 'login',
  responses: answers,
  ...more,
})
const withBody = (content: object, required = true) => ({ requestBody: { required, content } })

export const smallDocument = {
  openapi: '3.1.0',
  paths: {
    '/works/{id}': { get: operation('workRead', { parameters: [parameter('id', 'path', { type: 'integer', format: 'int64', minimum: 1 })] }) },
    '/works/{id}/parts/{part}': {
      get: operation('partRead', { parameters: [parameter('id', 'path', { type: 'integer' }), parameter('part', 'path', { type: 'string' })] }),
    },
    '/works/latest': { get: operation('workLatest') },
    '/works/{id}/parts/first': { get: operation('partFirst', { parameters: [parameter('id', 'path', { type: 'integer' })] }) },
    '/works': {
      get: operation('workList', {
        parameters: [
          parameter('limit', 'query', { type: 'integer', maximum: 100, default: 20 }),
          parameter('scale', 'query', { type: 'number' }),
          parameter('deep', 'query', { type: 'boolean', default: false }),
          parameter('tag', 'query', { type: 'array', items: { type: 'integer' } }),
          parameter('name', 'query', { type: 'string' }),
          parameter('X-Wanted-Rate', 'header', { type: 'integer', maximum: 9 }),
        ],
      }),
      post: operation('workSave', withBody(json({ type: 'array', items: { $ref: '#/components/schemas/Work' } }))),
    },
    '/bindings': { post: operation('bindingSave', withBody({ 'application/x-www-form-urlencoded': { schema: form }, ...json(form) })) },
    '/notes': { post: operation('noteSave', withBody(json({ type: 'object', additionalProperties: true }), false)) },
    '/images': { post: operation('imageSave', withBody({ '*/*': {} })) },
    '/words/{lang}.json': { get: operation('wordRead', { parameters: [parameter('lang', 'path', { type: 'string', pattern: '^[a-z]{2}$' })] }) },
    '/archives/{id}/{path}': {
      get: operation('entryRead', {
        parameters: [parameter('id', 'path', { type: 'integer' }), { ...parameter('path', 'path', { type: 'string' }), 'x-vitrine-slashes': true }],
      }),
    },
    '/archives/{id}': { get: operation('archiveRead', { parameters: [parameter('id', 'path', { type: 'integer' })] }) },
    '/tiles/{id}/part{x}x{y}.{format}': {
      parameters: [
        parameter('id', 'path', { type: 'integer' }),
        parameter('x', 'path', { type: 'integer' }),
        parameter('y', 'path', { type: 'integer' }),
        parameter('format', 'path', { type: 'string', enum: ['jpg', 'png'] }),
        parameter('sharp', 'query', { type: 'boolean' }),
      ],
      get: operation('tileRead'),
      head: operation('tileAsk'),
    },
    '/tiles/{id}/{anything}': {
      get: operation('tileOther', { parameters: [parameter('id', 'path', { type: 'integer' }), parameter('anything', 'path', { type: 'string' })] }),
    },
    '/uploads/{id}': { head: operation('uploadAsk', { parameters: [parameter('id', 'path', { type: 'integer' })] }) },
    '/words/{version}': { get: operation('wordVersion', { parameters: [parameter('version', 'path', { type: 'string' })] }) },
  },
  components: { schemas: { Work: work }, securitySchemes: { token: { type: 'apiKey', in: 'query', name: 'access_token' } } },
}

export const smallValidators = new Validators(smallDocument)
export const smallOperations: readonly OperationEntry[] = operationsOf(smallDocument).map(entryOf)

export class Refused extends Error {
  readonly problem: Refusal
  constructor(problem: Refusal) {
    super(`${problem.kind} ${problem.where} ${problem.pointer}: ${problem.message}`)
    this.problem = problem
  }
}

const routes = (schemas: RouteSchemas): Record<string, RouteConfig> =>
  Object.fromEntries(
    smallOperations.map((o): [string, RouteConfig] => {
      const params = smallValidators.parametersOf(o.id, 'path').length ? { params: schemas.params(o.id, 'path') } : {}
      const headers = smallValidators.parametersOf(o.id, 'header').length ? { headers: schemas.params(o.id, 'header') } : {}
      const method = METHODS.find((m) => m === o.method) ?? 'get'
      return [
        o.id,
        {
          method,
          path: o.path,
          hide: true,
          request: { query: schemas.params(o.id, 'query'), ...params, ...headers },
          responses: {},
        },
      ]
    }),
  )

type Answering = (
  id: string,
) => (
  call: { params: object; query: object; headers: object; body: unknown },
  reply: { json(status: number, body: unknown, headers: object): object },
) => object
/** Answers every request with what its handler was given. */
export const echo: Answering =
  (id) =>
  ({ params, query, headers, body }, reply) => {
    const rate = (headers as Record<string, unknown>)['X-Wanted-Rate']
    // A header tells it too: answers to HEAD have no body.
    return reply.json(200, { id, params, query, rate, body: body instanceof ReadableStream ? 'stream' : body }, { 'X-Operation': id })
  }

export function smallApp(options: { guard?: MountOptions<object>['guard']; operations?: readonly OperationEntry[]; without?: string } = {}) {
  const refuse = (problem: Refusal): never => {
    throw new Refused(problem)
  }
  const app = new OpenAPIHono<object>({
    defaultHook: (result) => {
      if (result.success) return
      const issue = result.error.issues[0]
      const where = result.target === 'param' ? 'path' : (result.target as 'query')
      refuse({ kind: 'invalid', where, pointer: `/${issue?.path.join('/')}`, message: issue?.message ?? '' })
    },
  })
  app.onError((error, c) =>
    error instanceof Refused ? c.json(error.problem, error.problem.kind === 'mediaType' ? 415 : 400) : c.json({ unforeseen: String(error) }, 500),
  )
  const handlers = Object.fromEntries(smallOperations.filter((o) => o.id !== options.without).map((o) => [o.id, echo(o.id)]))
  const guard: MountOptions<object>['guard'] = options.guard ?? (() => (_, next) => next())
  mount(app, handlers as never, { validators: smallValidators, operations: options.operations ?? smallOperations, routes, guard, refuse })
  return app
}
