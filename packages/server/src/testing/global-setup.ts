/**
 * The database server of a test run: the one VITRINE_TEST_DATABASE_URL names (its user must be allowed to create databases),
 * else an embedded one in a temporary folder, from the binaries in VITRINE_TEST_POSTGRES_BIN if that is set. At the end the
 * run says which declared answers no test has provoked.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vitrine-tests-'))
  const seen = path.join(folder, 'seen.txt')
  process.env['VITRINE_TEST_SEEN'] = seen
  const stop = process.env['VITRINE_TEST_DATABASE_URL'] ? undefined : await startDatabase(folder)
  return async () => {
    const { seenReport } = await import('./seen.ts')
    const report = seenReport(seen)
    if (report !== undefined) console.log(report)
    await stop?.()
    await rm(folder, { recursive: true, force: true })
  }
}

async function startDatabase(folder: string): Promise<() => Promise<void>> {
  const { startEmbeddedPostgres } = await import('@vitrine/drivers/embedded')
  // As root, the database runs as a user who has to get through; otherwise it is kept elsewhere and outlives the tests.
  await chmod(folder, 0o755)
  const binDir = process.env['VITRINE_TEST_POSTGRES_BIN']
  const server = await startEmbeddedPostgres({
    dataDir: path.join(folder, 'postgres'),
    log: () => undefined,
    // Nothing here has to survive a power cut, and every test file makes a database of its own.
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '200' },
    ...(binDir === undefined ? {} : { binDir }),
  })
  process.env['VITRINE_TEST_DATABASE_URL'] = server.superuserUrl
  return () => server.stop()
}
