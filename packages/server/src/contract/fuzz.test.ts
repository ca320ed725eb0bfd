/**
 * Requests made from the documents, thousands of them, against the real server. What the document calls valid is never
 * refused as malformed; what it calls invalid is always refused, and the place is named; nothing is answered as an unforeseen
 * failure; every answer is one the document describes. FUZZ_SEED and FUZZ_RUNS choose another walk or a longer one.
 */
import { adminOperations, adminValidators } from '@vitrine/contract/admin'
import { instanceOperations, instanceValidators } from '@vitrine/contract/instance'
import { requestOf, Requests, type RequestParts } from '@vitrine/testing'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { museum } from '../testing/museum.ts'
import { testServer, type TestServer } from '../testing/test-server.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 7)
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 30)
console.log(`fuzz: seed ${seed}, ${numRuns} runs of each kind per operation`)

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

interface Given {
  readonly status: number
  readonly text: string
}
/** Which part of the request could not be read, if that is why it was refused, and the answer has a body that can say so. */
function malformed({ status, text }: Given): string | undefined {
  if (status === 415) return 'type'
  if (status !== 400 || text === '') return undefined
  const body = JSON.parse(text) as { code?: string; parameters?: { where?: string }; error_description?: string }
  if (body.code !== undefined) return body.code === 'ServerGeneric' ? body.parameters?.where : undefined
  // The doors of OAuth2 speak in the words of its own standard.
  return /^(path|query|header|body)( \/\S*)?: /.exec(body.error_description ?? '')?.[1]
}
/** JSON:API names the parameter instead of the place; what the document refuses is put in the words of its schema. */
function malformedForOperators({ status, text }: Given, parts: RequestParts): string | undefined {
  // Bodies are refused by the listener itself, in its plain words.
  if (status === 415) return 'type'
  if (status === 400) return 'body'
  if (status !== 422) return undefined
  const [error] = (JSON.parse(text) as { errors: { detail?: string; source?: { parameter: string } }[] }).errors
  if (!error?.detail?.startsWith('must ')) return undefined
  return Object.hasOwn(parts.path, error.source?.parameter ?? '') ? 'path' : 'query'
}

type Send = (parts: RequestParts) => Promise<Given>
type Refusal = (given: Given, parts: RequestParts) => string | undefined
const checked = (requests: Requests, operations: typeof instanceOperations, sender: () => Promise<Send>, refusal: Refusal) =>
  describe.each(operations.map((operation) => [operation.id, operation] as const))('%s', (_, operation) => {
    it('reads every valid request', async () => {
      const send = await sender()
      await fc.assert(
        fc.asyncProperty(requests.valid(operation), async (parts) => {
          const given = await send(parts)
          const read = given.status < 500 && refusal(given, parts) === undefined
          expect(read ? {} : given).toEqual({})
        }),
        { numRuns, seed },
      )
    })
    it('refuses every request that is wrong in one place, and names the place', async () => {
      const send = await sender()
      await fc.assert(
        fc.asyncProperty(requests.wrong(operation), async ({ where, request }) => {
          const given = await send(request)
          const told = operation.method === 'head' ? given.status === 400 : refusal(given, request) === where
          const refused = given.status < 500 && told
          expect(refused ? {} : given).toEqual({})
        }),
        { numRuns, seed },
      )
    })
  })

describe('the instance API', () => {
  const hints = {
    objecttype: ['work', 'place'],
    mask: ['work__main', 'place__main', '_all_fields'],
    _objecttype: ['work', 'place'],
    _mask: ['work__main', 'place__main', '_all_fields'],
    id: [1, 2, 3],
    objectId: [1, 2],
    systemObjectId: [1, 2],
    poolID: [1, 2],
    version: ['HEAD', 'CURRENT', '1'],
    _basetype: ['user', 'group', 'pool', 'tag'],
    client_id: ['vitrine-cli'],
    login: ['root', 'visitor'],
    username: ['root', 'visitor'],
  }
  /** Each operation gets an instance of its own: what one leaves behind is nothing to the next. */
  const sender = async (): Promise<Send> => {
    const at = await museum(server)
    const token = at.token
    return async (parts) => {
      const request = requestOf(parts, `http://${at.domain}`, { host: at.domain, authorization: `Bearer ${token}` })
      const response = await server.app.fetch(request.clone())
      await server.checker.check(request, response)
      return { status: response.status, text: await response.text() }
    }
  }
  checked(new Requests(instanceValidators, hints), instanceOperations, sender, malformed)
})

describe('the administration API', () => {
  const domain = 'fuzz.example'
  const hints = { domain: [domain], Domain: [domain], OldDomain: [domain], 'page[limit]': ['1'], 'page[skip]': ['0'] }
  const sender = (): Promise<Send> =>
    Promise.resolve(async (parts) => {
      const request = requestOf(parts, 'http://127.0.0.1:6060')
      const body = parts.operation.bodyTypes.length > 0 ? { body: await request.text(), headers: Object.fromEntries(request.headers) } : {}
      const { status, text } = await server.admin(request.method, request.url.slice('http://127.0.0.1:6060'.length), body)
      return { status, text }
    })
  checked(new Requests(adminValidators, hints), adminOperations, sender, malformedForOperators)
})
