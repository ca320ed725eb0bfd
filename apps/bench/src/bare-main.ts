/**
 * The raw statements behind a bare Hono server: what HTTP alone costs on this machine. A process of its own, like the server
 * it is compared with. Takes the connection and the instance as JSON in its one argument and prints its port.
 */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Connection } from '@vitrine/drivers/postgres'
import { rawOperations } from './raw.ts'

const { connection, instanceId } = JSON.parse(process.argv[2] ?? '{}') as { connection: Connection; instanceId: string }
const raw = await rawOperations(connection, instanceId)
const app = new Hono()
  .post('/create/:count', async (c) => {
    await c.req.json()
    await raw.create(Number(c.req.param('count')))
    return c.json([])
  })
  .get('/read', async (c) => c.json(await raw.read()))
  .get('/list/:limit', async (c) => c.json(await raw.list(Number(c.req.param('limit')))))
  .post('/update', async (c) => {
    await c.req.json()
    await raw.update()
    return c.json([])
  })
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log(`port ${port}`))
process.on('SIGTERM', () => {
  server.close()
  void raw.close().then(() => process.exit(0))
})
