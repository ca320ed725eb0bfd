/** The sample, through every layer: the demo, the SDK, the real applications and a real database, judged by the contract. */
import path from 'node:path'
import { ROOT_PASSWORD, testServer, type TestServer } from '@vitrine/server/testing/test-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runDemo, type Demo } from './demo.ts'

const SAMPLE = path.resolve(import.meta.dirname, '../sample')
let server: TestServer

beforeAll(async () => {
  server = await testServer()
})
afterAll(async () => {
  await server.close()
})

async function ready(): Promise<{ demo: Demo; said: () => string }> {
  const { domain } = await server.instance()
  let text = ''
  const fetch = async (sent: Request): Promise<Response> => {
    const request = new Request(sent)
    request.headers.set('host', domain)
    const response = await server.app.fetch(request.clone())
    await server.checker.check(request, response)
    return response
  }
  const screen = { isTTY: false, write: (more: string) => void (text += more) }
  const demo = { url: `http://${domain}`, user: 'root', password: ROOT_PASSWORD, folder: SAMPLE, batch: 5, inFlight: 2, screen, fetch }
  return { demo, said: () => text }
}

describe('the demo', () => {
  it('brings the sample in, finds it under every address, edits it and tells its history', async () => {
    const { demo, said } = await ready()
    expect(await runDemo(demo)).toBe(true)
    expect(said()).toContain('Datamodel: made')
    // Two batches are under way at once: which artwork gets the first id is not settled.
    expect(said()).toMatch(/Read back by every address\n {2}.+ — S000\d\d, /)
    expect(said()).toContain('the same record')
    expect(said()).toContain('version 1 became version 2')
    expect(said()).toContain('VersionMismatch')
    expect(said()).toMatch(/artworks +12 +12 +0 /)
    expect(said()).toContain('complete')
  })

  it('finds everything there when it is run again', async () => {
    const { demo, said } = await ready()
    await runDemo(demo)
    expect(await runDemo(demo)).toBe(true)
    const [, second] = said().split('Datamodel: was there')
    expect(second).toMatch(/artworks +12 +0 +12 /)
    expect(second).toContain('version 2 became version 3')
  })
})
