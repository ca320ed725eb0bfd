/**
 * Measures the server beside the raw limit of the same machine, in one run: each operation through HTTP, and its work as
 * hand-written statements straight through postgres.js. Uses the embedded database, or the PostgreSQL that
 * VITRINE_BENCH_DATABASE_URL names (a database of its own, please). Prints the table for docs/performance.md.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, chmod } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import path from 'node:path'
import { startEmbeddedPostgres } from '@vitrine/drivers/embedded'
import { connectTo, type Connection } from '@vitrine/drivers/postgres'
import { bareOperations, createDatamodel, HttpClient, httpOperations } from './http.ts'
import { measure, type Measured, type Operations } from './measure.ts'
import { startProcess } from './process.ts'
import { rawOperations } from './raw.ts'
import { measureWhole } from './whole.ts'
import { NODE_FLAGS } from '../../server/src/node-flags.ts'

const SERVER = path.resolve(import.meta.dirname, '../../server/src/main.ts')
const BARE = path.resolve(import.meta.dirname, 'bare-main.ts')
const FOR_MS = 4000
const PASSWORD = 'bench-root-password'
const url = process.env['VITRINE_BENCH_DATABASE_URL']

const folder = await mkdtemp(path.join(tmpdir(), 'vitrine-bench-'))
await chmod(folder, 0o755)

const startServer = () =>
  startProcess([...NODE_FLAGS, SERVER], /instance API\s+http:\/\/127\.0\.0\.1:(\d+)/, {
    ...process.env,
    VITRINE_DATA_DIR: folder,
    VITRINE_PORT: '0',
    VITRINE_ADMIN_PORT: '0',
    VITRINE_LOG_LEVEL: 'error',
    VITRINE_ROOT_PASSWORD: PASSWORD,
    ...(url !== undefined && { VITRINE_DATABASE_URL: url }),
  })

const peakMemoryMb = (pid: number) => Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)

interface Row {
  readonly name: string
  readonly target: number
  readonly ours: Measured
  readonly bare: Measured
  readonly limit: Measured
}

function print(rows: readonly Row[], lines: readonly string[]): void {
  console.log(
    `\n${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, node ${process.version}, ${url === undefined ? 'embedded PostgreSQL 18' : 'PostgreSQL by URL'}\n`,
  )
  console.log(
    '| operation | server /s | median ms | p95 ms | bare Hono /s | raw /s | ratio to raw | target | |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
  )
  for (const { name, target, ours, bare, limit } of rows) {
    const ratio = limit.perSecond / ours.perSecond
    console.log(
      `| ${name} | ${ours.perSecond.toFixed(0)} | ${ours.medianMs.toFixed(1)} | ${ours.p95Ms.toFixed(1)} | ${bare.perSecond.toFixed(0)} | ${limit.perSecond.toFixed(0)} | ${ratio.toFixed(1)}× | ≤ ${target}× | ${ratio <= target ? 'met' : '**missed**'} |`,
    )
  }
  console.log(`\n${lines.join('\n')}`)
}

const first = await startServer()
const client = new HttpClient(first.base)
const embedded = url === undefined ? await startEmbeddedPostgres({ dataDir: path.join(folder, 'postgres'), log: () => undefined }) : undefined
const connection: Connection = url ?? { ...embedded?.connection }
try {
  await client.signIn(PASSWORD)
  await createDatamodel(client)
  const control = connectTo(connection, { max: 1 })
  const [{ id }] = await control<[{ id: string }]>`select id from instance order by created_at limit 1`
  await control.end()
  const ours = httpOperations(client)
  const raw = await rawOperations(connection, id)
  const bareServer = await startProcess([BARE, JSON.stringify({ connection, instanceId: id })], /port (\d+)/, process.env)
  const bareClient = new HttpClient(bareServer.base)
  const bare = bareOperations(bareClient)
  const rows: Row[] = []
  const compare = async (name: string, target: number, callers: number, run: (o: Operations) => Promise<unknown>) => {
    const limit = await measure(() => run(raw), { callers, forMs: FOR_MS })
    const overHttp = await measure(() => run(bare), { callers, forMs: FOR_MS })
    rows.push({ name, target, ours: await measure(() => run(ours), { callers, forMs: FOR_MS }), bare: overHttp, limit })
    console.log(`${name}: done`)
  }
  for (const o of [ours, bare, raw]) for (let i = 0; i < 20; i++) await o.create(100)
  await compare('create, one per request', 3, 8, (o) => o.create(1))
  await compare('create, 100 per request', 3, 4, (o) => o.create(100))
  await compare('read by id', 3, 8, (o) => o.read())
  await compare('list of 100', 2, 4, (o) => o.list(100))
  await compare('list of 1,000', 2, 2, (o) => o.list(1000))
  await compare('update', 3, 8, (o) => o.update())
  const visitor = new HttpClient(first.base)
  const whole = await measureWhole(
    client,
    async () => {
      await visitor.signIn('bench visitor password', 'bench-visitor')
      return visitor
    },
    connection,
    id,
  )
  visitor.close()
  const peak = peakMemoryMb(first.pid)
  await raw.close()
  bareClient.close()
  await bareServer.stop()
  client.close()
  await first.stop()
  const again = await startServer()
  await again.stop()
  print(rows, [
    ...whole.rows.map(({ name, ours: o, beside, target }) => {
      const ratio = o.medianMs / beside.medianMs
      return `${name}: ${o.medianMs.toFixed(1)} ms and ${beside.medianMs.toFixed(1)} ms, ${ratio.toFixed(1)}× (target ≤ ${target}×, ${ratio <= target ? 'met' : 'missed'})`
    }),
    `delete with setnull of a record that 1,000 others link to: ${(whole.setnullMs / 1000).toFixed(2)} s (target < 2 s)`,
    `sequential scans of records meanwhile: ${Object.entries(whole.scans)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
    `cold start of the server on the existing data: ${(again.startMs / 1000).toFixed(2)} s (target < 2 s)`,
    `peak memory of the server during the run: ${peak} MB (target < 600 MB)`,
  ])
} finally {
  await embedded?.stop()
  await first.stop()
  await rm(folder, { recursive: true, force: true })
}
