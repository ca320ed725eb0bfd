/**
 * What the compiler refuses in a handler, and what it lets through. Each directive says the code and a part of the message it
 * hides: `typing.test.ts` takes the directives away and reads what the compiler then says, so that no directive hides
 * another mistake than the one it names.
 */
import type { DocumentTypes, Handler, Handlers, HandlersFor } from '../src/handlers.ts'
import type { InstanceDocument, Schemas } from '../src/instance.ts'

// The types of a small document, in the form the generator prints.
interface Work {
  title: string
  year?: number
  makers?: { name: string; role?: string }[]
}
interface Json<T> {
  headers: { [name: string]: unknown }
  content: { 'application/json': T }
}
interface Nothing {
  headers: { [name: string]: unknown }
  content?: never
}
interface Operations {
  workRead: {
    parameters: { query?: { format?: 'short' | 'full'; limit?: number }; header?: { 'If-None-Match'?: string }; path: { id: number }; cookie?: never }
    requestBody?: never
    responses: { 200: Json<Work>; 204: Nothing; 404: Json<{ code: string }> }
  }
  workSave: {
    parameters: { query?: never; header?: never; path?: never; cookie?: never }
    requestBody: { content: { 'application/json': Work[] } }
    responses: {
      200: Json<Work[]>
      202: { headers: { Location: string; 'X-Note'?: string; [name: string]: unknown }; content: { 'application/json': { state: 'queued' } } }
      303: { headers: { Location: string; [name: string]: unknown }; content?: never }
    }
  }
  workImage: {
    parameters: { query?: never; header?: never; path?: never; cookie?: never }
    requestBody: { content: { '*/*': unknown } }
    responses: { 200: { headers: { [name: string]: unknown }; content: { 'image/png': unknown } } }
  }
  workFile: {
    parameters: { query?: never; header?: never; path?: never; cookie?: never }
    requestBody?: { content: { 'application/json': Work } }
    responses: { 200: { headers: { [name: string]: unknown }; content: { '*/*': unknown; 'application/json': Work[] } } }
  }
}
interface Meta {
  workRead: { tag: 'works'; query: 'limit'; header: never; path: never }
  workSave: { tag: 'works'; query: never; header: never; path: never }
  workImage: { tag: 'images'; query: never; header: never; path: never }
  workFile: { tag: 'files'; query: never; header: never; path: never }
}
interface Document extends DocumentTypes {
  readonly operations: Operations
  readonly meta: Meta
}
type Read = Handler<Document, 'workRead', object>
type Save = Handler<Document, 'workSave', object>
type Image = Handler<Document, 'workImage', object>
type AnyFile = Handler<Document, 'workFile', object>

const work: Work = { title: 'Nocturne' }
const row = { title: 'Nocturne', year: 1875, instance_id: 7 }
const rows = [{ title: 'Nocturne', makers: [{ name: 'Whistler', internal: true }] }]
const later = Promise.resolve(row)

// What is right compiles.
export const literal: Read = (_, reply) => reply.json(200, { title: 'a', makers: [{ name: 'b' }] })
export const typed: Read = (_, reply) => reply.json(200, work)
export const choice: Read = ({ params }, reply) => (params.id > 1 ? reply.json(200, work) : reply.json(404, { code: 'ResourceNotFound' }))
export const empty: Read = (_, reply) => reply.empty(204)
export const text: Read = (_, reply) => reply.jsonText(200, '{"title":"a"}')
export const input: Read = ({ params, query, headers }, reply) =>
  reply.json(200, { title: `${query.format ?? ''} ${headers['If-None-Match'] ?? ''}`, year: query.limit + params.id })
export const chain: Save = ({ body }, reply) => Promise.resolve(body).then((works) => reply.json(200, works))
export const withHeaders: Save = (_, reply) => reply.json(202, { state: 'queued' }, { Location: '/jobs/1', 'X-Note': 'soon' })
export const redirect: Save = (_, reply) => reply.empty(303, { Location: '/jobs/1' })
export const bytes: Image = ({ body }, reply) => reply.raw(200, 'image/png', body)
export const anyBytes: AnyFile = (_, reply) => reply.raw(200, 'audio/flac', null)
export const listed: AnyFile = ({ body }, reply) => reply.json(200, body === undefined ? [] : [body])
export const complete: HandlersFor<Document, 'works', object> = { workRead: typed, workSave: chain }
export const open: Handler<InstanceDocument, 'transitionList', object> = (_, reply) => reply.json(200, [] satisfies Schemas['Transition'][])

// What is not does not.
// @ts-expect-error TS2345 Argument of type '201' is not assignable to parameter of type 'JsonStatus<
export const undeclaredStatus: Read = (_, reply) => reply.json(201, work)

// @ts-expect-error TS2322 Type 'number' is not assignable to type 'never'
export const extraInLiteral: Read = (_, reply) => reply.json(200, { title: 'a', colour: 1 })

// @ts-expect-error TS2345 Types of property 'instance_id' are incompatible
export const extraFromVariable: Read = (_, reply) => reply.json(200, row)

// @ts-expect-error TS2345 'internal'
export const extraInArray: Save = (_, reply) => reply.json(200, rows)

// @ts-expect-error TS2345 'instance_id'
export const extraInChain: Read = (_, reply) => later.then((found) => reply.json(200, found))

// @ts-expect-error TS2741 Property 'title' is missing
export const missingField: Read = (_, reply) => reply.json(200, { year: 1875 })

// @ts-expect-error TS2322 Type 'string' is not assignable to type 'number'
export const wrongType: Read = (_, reply) => reply.json(200, { title: 'a', year: '1875' })

// @ts-expect-error TS2554 Expected 3 arguments, but got 2
export const missingHeaders: Save = (_, reply) => reply.json(202, { state: 'queued' })

// @ts-expect-error TS2741 Property 'Location' is missing
export const missingHeader: Save = (_, reply) => reply.json(202, { state: 'queued' }, { 'X-Note': 'soon' })

// @ts-expect-error TS2554 Expected 2 arguments, but got 1
export const missingRedirect: Save = (_, reply) => reply.empty(303)

// @ts-expect-error TS2554 Expected 2 arguments, but got 3
export const undeclaredHeader: Read = (_, reply) => reply.json(200, work, { 'X-Note': 'soon' })

// @ts-expect-error TS2322 Type 'Response' is not assignable
export const plainResponse: Read = () => new Response('{}')

// @ts-expect-error TS2345 Argument of type '204' is not assignable to parameter of type
export const undeclaredEmpty: Save = (_, reply) => reply.empty(204, { Location: '/' })

// @ts-expect-error TS2345 Argument of type '200' is not assignable to parameter of type
export const emptyWithBody: Read = (_, reply) => reply.empty(200)

// @ts-expect-error TS2345 Argument of type '"image/gif"'
export const wrongMedia: Image = (_, reply) => reply.raw(200, 'image/gif', '')

// @ts-expect-error TS2345 Argument of type '"flac"'
export const noMedia: AnyFile = (_, reply) => reply.raw(200, 'flac', null)

// @ts-expect-error TS2322 Type 'undefined' is not assignable to type 'Work'
export const absentBody: AnyFile = ({ body }, reply) => reply.json(200, [body])

// @ts-expect-error TS2339 Property 'offset' does not exist
export const unknownParameter: Read = ({ query }, reply) => reply.json(200, { title: String(query.offset) })

// @ts-expect-error TS2339 Property 'id' does not exist
export const unknownPathParameter: Save = ({ params, body }, reply) => reply.json(200, params.id ? body : [])

// @ts-expect-error TS2551 Property 'titel' does not exist
export const unknownBodyField: Save = ({ body }, reply) => reply.json(200, [{ title: body[0]?.titel ?? '' }])

// @ts-expect-error TS2741 Property 'workSave' is missing
export const missingOperation: HandlersFor<Document, 'works', object> = { workRead: typed }

// @ts-expect-error TS2353 'workDelete' does not exist
export const unknownOperation: HandlersFor<Document, 'works', object> = { workRead: typed, workSave: chain, workDelete: typed }

// @ts-expect-error TS2353 'workImage' does not exist
export const otherTag: HandlersFor<Document, 'works', object> = { workRead: typed, workSave: chain, workImage: bytes }

// @ts-expect-error TS2741 Property 'workImage' is missing
export const incompleteDocument: Handlers<Document, object> = { workRead: typed, workSave: chain, workFile: listed }

// @ts-expect-error TS2322 is not assignable to type
export const otherOperation: Save = typed

// @ts-expect-error TS2339 Property 'healthz' does not exist
export const realDocument: Handler<InstanceDocument, 'systemStatus', object> = ({ query }, reply) => reply.jsonText(200, String(query.healthz))
