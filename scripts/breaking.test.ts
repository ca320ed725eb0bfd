import { describe, expect, it } from 'vitest'
import { breakingChanges } from './breaking.ts'

const schemaOf = (schema: object) => ({ 'application/json': { schema } })
const withBody = (schema: object) => doc({ requestBody: { required: true, content: schemaOf(schema) }, responses: { 200: { description: 'd' } } })
const withAnswer = (schema: object) => doc({ responses: { 200: { description: 'd', content: schemaOf(schema) } } })
const withQuery = (...parameters: object[]) => doc({ parameters, responses: { 200: { description: 'd' } } })
const doc = (operation: object) => ({ paths: { '/a': { post: { operationId: 'a', 'x-vitrine-right': 'public', ...operation } } } })
const object = (properties: object, required: string[] = []) => ({ type: 'object', additionalProperties: false, properties, required })
const text = { type: 'string' }

const breaking: [string, object, object][] = [
  ['an operation that is gone', withQuery(), { paths: {} }],
  ['another operationId', withQuery(), doc({ operationId: 'b', responses: { 200: {} } })],
  ['a sign-in that was not needed', withQuery(), doc({ 'x-vitrine-right': 'login', responses: { 200: {} } })],
  ['a status that is gone', withQuery(), doc({ responses: {} })],
  ['a parameter that is gone', withQuery({ name: 'q', in: 'query', schema: text }), withQuery()],
  ['a new required parameter', withQuery(), withQuery({ name: 'q', in: 'query', required: true, schema: text })],
  [
    'a parameter value no longer taken',
    withQuery({ name: 'q', in: 'query', schema: { enum: ['a', 'b'] } }),
    withQuery({ name: 'q', in: 'query', schema: { enum: ['a'] } }),
  ],
  ['a new required property in a request', withBody(object({ a: text })), withBody(object({ a: text }, ['a']))],
  ['a property no longer taken', withBody(object({ a: text, b: text })), withBody(object({ a: text }))],
  ['a narrower type in a request', withBody({ type: ['string', 'null'] }), withBody(text)],
  ['a shorter text in a request', withBody(text), withBody({ type: 'string', maxLength: 9 })],
  ['a request object that closes', withBody({ ...object({ a: text }), additionalProperties: true }), withBody(object({ a: text }))],
  ['a property gone from an answer', withAnswer(object({ a: text })), withAnswer(object({}))],
  ['a property no longer promised', withAnswer(object({ a: text }, ['a'])), withAnswer(object({ a: text }))],
  ['a new kind of value in an answer', withAnswer(text), withAnswer({ type: ['string', 'null'] })],
  ['a new word in an answer', withAnswer({ enum: ['a'] }), withAnswer({ enum: ['a', 'b'] })],
  ['a limit lifted in an answer', withAnswer({ type: 'string', maxLength: 9 }), withAnswer(text)],
]
const harmless: [string, object, object][] = [
  ['a new operation', { paths: {} }, withQuery()],
  ['a new optional parameter', withQuery(), withQuery({ name: 'q', in: 'query', schema: text })],
  ['a wider type in a request', withBody(text), withBody({ type: ['string', 'null'] })],
  ['a new optional property in a request', withBody(object({ a: text })), withBody(object({ a: text, b: text }))],
  ['a new property in an answer', withAnswer(object({ a: text })), withAnswer(object({ a: text, b: text }))],
  ['a new promise in an answer', withAnswer(object({ a: text })), withAnswer(object({ a: text }, ['a']))],
  ['an integer where numbers were taken', withBody({ type: 'integer' }), withBody({ type: 'number' })],
  ['nothing at all', withAnswer(object({ a: text })), withAnswer(object({ a: text }))],
]

describe('breakingChanges', () => {
  it.each(breaking)('reports %s', (_, before, after) => expect(breakingChanges(before, after)).not.toEqual([]))
  it.each(harmless)('is silent about %s', (_, before, after) => expect(breakingChanges(before, after)).toEqual([]))

  it('ends on schemas that contain themselves', () => {
    const tree = (leaf: object) => ({
      ...withAnswer({ $ref: '#/components/schemas/T' }),
      components: { schemas: { T: object({ leaf, child: { $ref: '#/components/schemas/T' } }) } },
    })
    expect(breakingChanges(tree(text), tree(text))).toEqual([])
    expect(breakingChanges(tree(text), tree({ type: 'integer' }))).toHaveLength(1)
  })
})
