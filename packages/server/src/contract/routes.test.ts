/** The applications and their documents name the same operations: nothing hides beside the contract. */
import { request, type IncomingHttpHeaders, type RequestOptions } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { adminBytes, adminOperations } from '@vitrine/contract/admin'
import { instanceBytes, instanceOperations } from '@vitrine/contract/instance'
import type { OperationEntry } from '@vitrine/contract'
import { routingPath } from '@vitrine/contract/paths'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen } from '../serve.ts'
import { testServer, type TestInstance, type TestServer } from '../testing/test-server.ts'

let server: TestServer
let at: TestInstance
beforeAll(async () => {
  server = await testServer()
  at = await server.instance()
})
afterAll(() => server.close())

const byText = (a: string, b: string) => a.localeCompare(b)
/** The router has no routes for HEAD: it goes the way of GET. */
const declared = (operations: readonly OperationEntry[]) =>
  [...new Set(operations.map((o) => `${o.method === 'head' ? 'GET' : o.method.toUpperCase()} ${routingPath(o.path, o.rest)}`))].toSorted(byText)
/** Middleware is registered for all methods; whatever answers a method of its own is a route. */
const routed = (routes: readonly { method: string; path: string }[]) =>
  [...new Set(routes.filter((route) => route.method !== 'ALL').map((route) => `${route.method} ${route.path}`))].toSorted(byText)

describe('the routes of the server', () => {
  it('are exactly the operations of the instance document', () => expect(routed(server.app.routes)).toEqual(declared(instanceOperations)))
  it('are exactly the operations of the administration document', () => expect(routed(server.adminApp.routes)).toEqual(declared(adminOperations)))
  it('of middleware answer nothing by themselves', async () => {
    for (const path of ['/', '/api', '/api/v1', '/api/v1/nothing', '/openapi.json', '/api/v1/db', '/doc', '/.well-known/nothing']) {
      const answer = await at.api('GET', path)
      expect([path, answer.status, answer.body.code]).toEqual([path, 400, 'UnknownEndpointMethod'])
    }
  })
  it('do not answer other methods', async () => {
    const methods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS']
    for (const path of new Set(instanceOperations.map((o) => o.path))) {
      const known = new Set(instanceOperations.filter((o) => o.path === path).map((o) => o.method.toUpperCase()))
      const address = path.replaceAll(/\{[^}]+\}/g, '1')
      for (const method of methods.filter((m) => !known.has(m) && !server.checker.find(m, address))) {
        const answer = await at.api(method, address)
        expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 400, 'UnknownEndpointMethod'])
      }
    }
  })
})

describe('the documents', () => {
  it('are served in exactly the bundled bytes', async () => {
    const instance = await server.app.fetch(
      new Request(`http://${at.domain}/api/v1/system/openapi/spec.json`, { headers: { host: at.domain, authorization: `Bearer ${at.token}` } }),
    )
    expect(instance.headers.get('content-type')).toBe('application/json')
    expect(Buffer.from(await instance.arrayBuffer()).equals(instanceBytes)).toBe(true)
    const admin = await server.admin('GET', '/openapi.json')
    expect(Buffer.from(admin.text).equals(adminBytes)).toBe(true)
  })

  it.each(['identity', 'gzip'])('arrive in the same bytes through a socket (%s)', async (encoding) => {
    const listener = await listen(server.app, { host: '127.0.0.1', port: 0, requestTimeoutMs: 60_000 })
    try {
      const headers = { host: at.domain, authorization: `Bearer ${at.token}`, 'accept-encoding': encoding }
      const { status, headers: answered, bytes } = await read({ port: listener.port, path: '/api/v1/system/openapi/spec.json', headers })
      const body = answered['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
      expect([status, body.equals(instanceBytes)]).toEqual([200, true])
    } finally {
      await listener.close(1000)
    }
  })
})

/** `fetch` does not let a test choose the host. */
const read = (options: RequestOptions) =>
  new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; bytes: Buffer }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', ...options }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }))
    })
    sent.on('error', reject)
    sent.end()
  })
