import { describe, expect, it, onTestFinished } from 'vitest'
import { after, faults, faultyServer, inTurn, passTo, type Answer } from './faulty-server.ts'

async function served(answer: Answer) {
  const server = await faultyServer(answer)
  onTestFinished(() => server.close())
  return server
}
const text = async (url: string, init: RequestInit = {}) => (await fetch(url, { ...init, headers: { connection: 'close' } })).text()

describe('the server that misbehaves', () => {
  it('answers each request as it was told to, and notes it', async () => {
    const server = await served(inTurn(faults.status(500, 'broken', { 'x-why': 'test' }), after(faults.status(200, 'fine'))))
    const first = await fetch(`${server.url}/a?b`, { method: 'DELETE' })
    expect([first.status, first.headers.get('x-why'), await first.text()]).toEqual([500, 'test', 'broken'])
    expect(await text(server.url, { method: 'PUT', body: 'x'.repeat(1e6) })).toBe('fine')
    expect(await text(server.url)).toBe('fine')
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['DELETE /a?b', 'PUT /', 'GET /'])
  })

  it('cuts connections, lies about lengths and talks nonsense', async () => {
    const bad = [faults.cut(), faults.cutBody(10, 'some'), faults.garbage(), inTurn(faults.cut())]
    for (const fault of bad) await expect(text((await served(fault)).url)).rejects.toThrow()
    await expect(text((await served(faults.cutAfter(10))).url, { method: 'PUT', body: 'x'.repeat(100) })).rejects.toThrow()
    expect(await text((await served(faults.whole('other bytes', {}, 206))).url)).toBe('other bytes')
    const surplus = await served(faults.surplus(4, 'somemore'))
    expect(await text(surplus.url).catch(() => 'a failure')).not.toBe('somemore')
    const away = await fetch((await served(faults.redirect('http://127.0.0.1:1/x'))).url, { redirect: 'manual' })
    expect([away.status, away.headers.get('location')]).toEqual([302, 'http://127.0.0.1:1/x'])
  })

  it('keeps its clients waiting until they leave', async () => {
    for (const fault of [faults.silence(), faults.deafness(), faults.stall(10, 'some'), faults.endless()]) {
      const server = await served(fault)
      const controller = new AbortController()
      const asked = fetch(server.url, { signal: controller.signal }).then((answer) => answer.text())
      await expect.poll(() => server.seen.length).toBe(1)
      controller.abort()
      await expect(asked).rejects.toThrow('aborted')
    }
  })

  it('asks a real server where it should, and passes on what that says', async () => {
    const real = await served(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      response.writeHead(201, { 'x-path': `${request.method} ${request.url}` }).end(Buffer.concat(chunks))
    })
    const between = await served(inTurn(faults.status(503), passTo(real.url)))
    expect((await fetch(between.url)).status).toBe(503)
    const answer = await fetch(`${between.url}/x%20y?z=1`, { method: 'PUT', body: 'x'.repeat(1e6) })
    expect([answer.status, answer.headers.get('x-path'), (await answer.text()).length]).toEqual([201, 'PUT /x%20y?z=1', 1e6])
    await real.close()
    await expect(text(between.url)).rejects.toThrow()
  })
})
