/**
 * The package as a stranger gets it: packed by npm, installed into an empty project, imported by the oldest Node at hand,
 * and seen by the compiler through both ways of finding types. Works on a copy, because packing rewrites package.json.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const source = path.join(import.meta.dirname, '..')
const bin = path.join(source, '../../node_modules/.bin')
let folder = ''
let app = ''
/** Why nothing could be installed, on a machine without a way to the registry. */
let offline: string | undefined

async function install(tarball: string): Promise<void> {
  try {
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: app })
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr)
    const network = said.match(/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/)?.[0]
    if (!network) throw error
    offline = `the registry cannot be reached (${network})`
    console.warn(`skipped: ${offline}`)
  }
}

/** A Node of the system itself, if it is new enough; else the one that runs this. */
async function oldestNode(): Promise<string> {
  const outside = (process.env['PATH'] ?? '').split(path.delimiter).filter((entry) => !entry.includes('node_modules'))
  for (const entry of outside) {
    const candidate = path.join(entry, 'node')
    const version = await run(candidate, ['--version']).catch(() => undefined)
    if (Number(version?.stdout.match(/^v(\d+)/)?.[1]) >= 20) return candidate
  }
  return process.execPath
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vitrine-sdk-'))
  const copy = path.join(folder, 'sdk')
  await cp(source, copy, { recursive: true, filter: (from) => !/[\\/](node_modules|dist)$/.test(from) })
  await symlink(path.join(source, 'node_modules'), path.join(copy, 'node_modules'))
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH']}` }
  await run('npm', ['pack', '--pack-destination', folder], { cwd: copy, env })
  app = path.join(folder, 'app')
  await mkdir(app)
  await writeFile(path.join(app, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }))
  await install(path.join(folder, 'vitrine-sdk-0.1.0.tgz'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('the packed SDK', () => {
  beforeEach((context) => context.skip(offline !== undefined, offline))

  it('brings one library and none of the workspace', async () => {
    const manifest = JSON.parse(await readFile(path.join(app, 'node_modules/@vitrine/sdk/package.json'), 'utf8')) as Record<string, unknown>
    expect(manifest['dependencies']).toEqual({ 'openapi-fetch': '0.17.0' })
    expect(manifest).not.toHaveProperty('scripts')
    expect(manifest).not.toHaveProperty('devDependencies')
    expect(JSON.stringify(manifest)).not.toMatch(/workspace:|catalog:|src\//)
  })

  it('runs on the oldest Node at hand', async () => {
    const script = `import { createVitrine, isVitrineError } from '@vitrine/sdk'
      const answer = { code: 'Test', error: 'x', parameters: {} }
      const sdk = createVitrine({ baseUrl: 'http://museum.example', fetch: async (request) =>
        request.url.endsWith('/errortest') ? Response.json(answer, { status: 400 }) : Response.json([{ url: request.url }]) })
      const [first] = await sdk.objectList({ path: { objecttype: 'vase', mask: 'm' }, query: { limit: 2 } })
      const failed = await sdk.systemErrorTest().catch((error) => isVitrineError(error, 'Test'))
      console.log(first.url, failed)`
    await writeFile(path.join(app, 'use.mjs'), script)
    const { stdout } = await run(await oldestNode(), ['use.mjs'], { cwd: app })
    expect(stdout.trim()).toBe('http://museum.example/api/v1/db/vase/m/list?limit=2 true')
  })

  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('shows its types to a program compiled as %s, found by %s', async (module, moduleResolution) => {
    const program = `import { createVitrine, isDialogue, isVitrineError, type Schemas } from '@vitrine/sdk'
      const sdk = createVitrine({ baseUrl: 'http://museum.example' })
      const result = await sdk.objectSave({ path: { objecttype: 'vase' }, body: [{ _objecttype: 'vase', _mask: 'm' }] })
      export const records: Schemas['Record'][] = isDialogue(result) ? [] : result
      export const version = (e: unknown): number => (isVitrineError(e, 'LookupFoundTooMany') ? e.parameters.count : 0)
      // @ts-expect-error A question has to be answered first.
      export const wrong: Schemas['Record'][] = result
      // @ts-expect-error There is no such parameter.
      await sdk.objectList({ path: { objecttype: 'vase', mask: 'm' }, query: { colour: 1 } })`
    await writeFile(path.join(app, 'use.ts'), program)
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--lib',
      'es2024,dom',
      '--types',
      '',
      '--module',
      module,
      '--moduleResolution',
      moduleResolution,
    ]
    const checked = await run(path.join(bin, 'tsc'), [...options, 'use.ts'], { cwd: app }).catch((e: { stdout: string }) => e)
    expect(checked.stdout).toBe('')
  })
})
