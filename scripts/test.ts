/**
 * Everything, in one command: the checks that need no server, then the suite on the embedded PostgreSQL and once more on the
 * system's PostgreSQL 15. Installs PostgreSQL from the system's packages where it may, starts the object stores that the suite
 * speaks to, says what it skips where it cannot, and ends with one line of totals. Each check counts as one test.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { QUIET } from './generate.ts'
import { ROOT } from './sources.ts'

const totals = { passed: 0, failed: 0, skipped: 0 }
const failures: string[] = []
const OLDEST = '/usr/lib/postgresql/15/bin'
/** What `scripts/services` says then. */
const CANNOT_INSTALL = 4

function run(name: string, command: string, args: readonly string[], env: Record<string, string> = {}): boolean {
  console.log(`\n== ${name}`)
  const started = Date.now()
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...QUIET, ...env } })
  console.log(`-- ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${Math.round((Date.now() - started) / 1000)} s)`)
  return status === 0
}

function check(name: string, command: string, args: readonly string[]): void {
  if (run(name, command, args)) totals.passed++
  else {
    totals.failed++
    failures.push(name)
  }
}

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly success: boolean
}

/** One run of the suite. A run that dies without a report counts as one failure. */
function suite(name: string, args: readonly string[], env: Record<string, string> = {}): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'vitrine-report-'))
  const file = path.join(folder, 'report.json')
  const ok = run(name, 'vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args], env)
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined
  rmSync(folder, { recursive: true, force: true })
  totals.passed += report?.numPassedTests ?? 0
  totals.failed += report?.numFailedTests ?? 0
  totals.skipped += (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
  // A file that cannot be loaded, or an error outside any test, fails the run without failing a test.
  if (!ok && !report?.numFailedTests) totals.failed++
  if (!ok) failures.push(name)
}

/** PostgreSQL 15 from the system's packages; installed when this user may and the packages have it. */
function systemPostgres(): boolean {
  if (existsSync(path.join(OLDEST, 'postgres'))) return true
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return false
  console.log('\n== installing postgresql-15 from the system packages')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore', env })
  // The package would otherwise start a cluster of its own, which nobody asked for.
  spawnSync(
    'sh',
    [
      '-c',
      'mkdir -p /etc/postgresql-common && [ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf',
    ],
    { env },
  )
  spawnSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'postgresql-15'], { stdio: ['ignore', 'ignore', 'inherit'], env })
  return existsSync(path.join(OLDEST, 'postgres'))
}

/** Starts the object stores before the suite, so that installing them costs no test its time. Answers what ends those that were not there before. */
function objectStores(): () => void {
  const script = path.join(ROOT, 'scripts', 'services')
  const started: string[] = []
  const missing: string[] = []
  for (const name of ['swift', 'azurite']) {
    const ran = spawnSync(script, ['status', name], { stdio: 'ignore' }).status === 0
    const { status } = spawnSync(script, ['start', name], { stdio: ['ignore', 'ignore', 'inherit'] })
    if (status === 0 && !ran) started.push(name)
    if (status === CANNOT_INSTALL) {
      missing.push(name)
      totals.skipped++
      console.log(`\nSKIPPED: the tests on ${name}, which is absent and cannot be installed here; the line above says why.`)
    }
  }
  process.env['VITRINE_TEST_WITHOUT'] = missing.join(',')
  return () => {
    for (const name of started) spawnSync(script, ['stop', name], { stdio: ['ignore', 'ignore', 'inherit'] })
  }
}

const turbo = (task: string) => ['run', task, '--output-logs=errors-only']
console.log(`node ${process.version}`)
if (!run('generate', 'turbo', turbo('generate'))) {
  console.log('0 passed, 1 failed')
  process.exit(1)
}
check('contract lint', 'redocly', ['lint', 'instance', 'admin'])
check('types', 'turbo', turbo('typecheck'))
check('lint', 'oxlint', ['--type-aware', '--deny-warnings'])
check('format', 'oxfmt', ['--check'])
for (const name of ['layers', 'sizes', 'operations', 'breaking']) check(name, 'node', [`scripts/check-${name}.ts`])

const endObjectStores = objectStores()
suite('suite on the embedded PostgreSQL', [])
endObjectStores()
if (systemPostgres()) {
  // What speaks to no database says nothing about the server's SQL, and the supervisor's own tests neither: once is enough.
  suite(
    'suite on PostgreSQL 15',
    ['packages/drivers/src/{embedded,storage,media,http,work,mail}/**', 'packages/{contract,domain,sdk}/**', 'apps/demo/**', 'scripts/**'].flatMap(
      (pattern) => ['--exclude', pattern],
    ),
    { VITRINE_TEST_POSTGRES_BIN: OLDEST },
  )
} else {
  totals.skipped++
  console.log(
    '\nSKIPPED: the suite on PostgreSQL 15. It needs /usr/lib/postgresql/15/bin; here it is absent and cannot be installed (root and apt are needed).',
  )
}

if (failures.length) console.log(`\nfailed: ${failures.join(', ')}`)
const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).stdout.trim()
console.log(`\nat ${commit || 'no commit'}, ${execFileSync('node', ['--version'], { encoding: 'utf8' }).trim()}`)
console.log(`${totals.passed} passed, ${totals.failed} failed${totals.skipped ? `, ${totals.skipped} skipped` : ''}`)
process.exitCode = totals.failed ? 1 : 0
