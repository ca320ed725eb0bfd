import { describe, expect, it } from 'vitest'
import { ContractChecker } from './check.ts'
import { instanceOperations, instanceValidators } from './instance.ts'
import { Validators } from './validators.ts'
import { operationsOf } from '../scripts/document.ts'
import { entryOf } from '../scripts/routes.ts'

const object = (properties: object, required: string[]) => ({ type: 'object', additionalProperties: false, properties, required })
const parameters = { type: 'object', additionalProperties: true }
const envelope = object(
  {
    code: { type: 'string' },
    error: { type: 'string' },
    package: { type: 'string' },
    realm: { const: 'api' },
    statuscode: { type: 'integer' },
    parameters,
  },
  ['code', 'error', 'parameters', 'statuscode'],
)
const json = (schema: object) => ({ 'application/json': { schema } })
const idParameter = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } }
const base = { tags: ['works'], 'x-vitrine-right': 'login' }
const work = {
  ...base,
  operationId: 'workRead',
  'x-vitrine-errors': ['UserNotFound'],
  parameters: [idParameter, { name: 'format', in: 'query', schema: { type: 'string' } }],
}
const found = {
  description: 'd',
  headers: { ETag: { required: true, schema: { type: 'string' } } },
  content: json(object({ title: { type: 'string' } }, ['title'])),
}
const failed = { description: 'd', content: json(envelope) }
const validators = new Validators({
  openapi: '3.1.0',
  paths: {
    '/works/{id}': { get: { ...work, responses: { 200: found, 204: { description: 'd' }, default: { $ref: '#/components/responses/Failed' } } } },
    '/works/latest': { get: { ...base, operationId: 'workLatest', responses: { 200: { description: 'd', content: { 'text/plain': {} } } } } },
    '/words/{lang}.json': {
      get: { ...base, operationId: 'wordRead', parameters: [{ ...idParameter, name: 'lang' }], responses: { 200: { description: 'd' } } },
    },
  },
  components: { responses: { Failed: failed }, securitySchemes: { token: { type: 'apiKey', in: 'query', name: 'access_token' } } },
})
const checkerOf = (codes = true) => new ContractChecker(validators, operationsOf(validators.doc).map(entryOf), { codes })

const checked = (path: string, response: Response, method = 'GET') => checkerOf().check({ method, url: `http://x${path}` }, response)
const answer = (body: unknown, status = 200, headers: Record<string, string> = { etag: '1' }) => Response.json(body, { status, headers })
const failure = (changes: object = {}, status = 400, more: object = { id: 7 }) =>
  answer(
    {
      code: 'UserNotFound',
      error: 'e',
      package: 'p',
      realm: 'api',
      statuscode: status,
      parameters: { realm: 'api', statuscode: status, ...more },
      ...changes,
    },
    status,
  )
const generic = (more: object, status = 400) => failure({ code: 'ServerGeneric', parameters: { realm: 'api', statuscode: status, ...more } }, status)

describe('the contract checker', () => {
  it.each<[string, Response, string?]>([
    ['/works/1?format=short&access_token=t', answer({ title: 'a' })],
    ['/works/1', new Response(null, { status: 204 })],
    ['/works/latest', new Response('a', { headers: { 'content-type': 'text/plain; charset=utf-8' } })],
    ['/words/de.json', new Response(null)],
    ['/works/1', generic({ msg: 'm' })],
    ['/works/1', new Response(null, { headers: { etag: '1', 'content-type': 'application/json' } }), 'HEAD'],
    ['/nowhere', failure({ code: 'UnknownEndpointMethod' })],
  ])('accepts what the document says: %s', async (path, response, method) => {
    await expect(checked(path, response, method)).resolves.toBeUndefined()
  })
  it('leaves the answer unread', async () => {
    const response = answer({ title: 'a' })
    await checked('/works/1', response)
    expect(await response.json()).toEqual({ title: 'a' })
  })

  it.each<[string, string, Response, string]>([
    [
      'a status that is not declared',
      '/works/latest',
      new Response('a', { status: 201, headers: { 'content-type': 'text/plain' } }),
      'workLatest 201: the status is not declared',
    ],
    ['an operation that is not declared', '/secret', answer({}), 'no such operation'],
    ['another refusal of an unknown operation', '/secret', failure(), 'answered UserNotFound'],
    ['another media type', '/works/latest', answer({}), 'media type application/json is not declared'],
    ['no media type', '/works/1', new Response(new Uint8Array([1]), { headers: { etag: '1' } }), '(none)'],
    ['a required header that is missing', '/works/1', answer({ title: 'a' }, 200, {}), 'header ETag is missing'],
    ['a field too much', '/works/1', answer({ title: 'a', internal: 1 }), 'internal'],
    ['a field too few', '/works/1', answer({}), "required property 'title'"],
    ['a field of another type', '/works/1', answer({ title: 1 }), '/title must be string'],
    ['a body where none is declared', '/words/de.json', new Response('a'), 'a body was sent'],
    ['a query parameter that should have been refused', '/works/1?colour=red', answer({ title: 'a' }), 'undeclared query parameter colour'],
    ['an envelope of another shape', '/works/1', answer({ message: 'no' }, 400), "required property 'code'"],
    ['a code of another operation', '/works/1', failure({ code: 'VersionMismatch' }), 'VersionMismatch is not declared for this operation'],
    ['a statuscode beside the status', '/works/1', failure({ statuscode: 404 }), 'statuscode is not the status'],
    ['an error parameter that is missing', '/works/1', generic({}), 'ServerGeneric lacks its parameter msg'],
    ['an error parameter too much', '/works/1', generic({ msg: 'm', stack: 's' }), 'undeclared parameter stack'],
  ])('catches %s', async (_, path, response, message) => {
    await expect(checked(path, response)).rejects.toThrow(message)
  })

  it('refuses a code that is in no register', async () => {
    const operations = operationsOf(validators.doc).map((op) => ({ ...entryOf(op), errors: ['MadeUp'] }))
    const checker = new ContractChecker(validators, operations, { codes: true })
    await expect(checker.check({ method: 'GET', url: 'http://x/works/1' }, failure({ code: 'MadeUp' }))).rejects.toThrow('not in the register')
  })
  it('tells which declared answers nobody has seen', async () => {
    const checker = checkerOf()
    expect(checker.unseen()).toEqual(['workLatest 200', 'wordRead 200', 'workRead 200', 'workRead 204'])
    await checker.check({ method: 'GET', url: 'http://x/works/1' }, answer({ title: 'a' }))
    expect(checker.unseen()).not.toContain('workRead 200')
    await checker.check({ method: 'GET', url: 'http://x/works/1' }, generic({ msg: 'm' }))
    expect([...checker.seen]).toEqual(['workRead 200', 'workRead 400', 'workRead 400 ServerGeneric'])
  })
  it('finds every operation of the real document by its own path', () => {
    const checker = new ContractChecker(instanceValidators, instanceOperations, { codes: true })
    for (const { id, method, path } of instanceOperations) expect(checker.find(method, path.replaceAll(/\{[^}]+\}/g, '7'))?.id).toBe(id)
  })
})
