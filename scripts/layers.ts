/**
 * The package list is the layer list: contract ← domain ← drivers ← server ← apps. A package imports only packages to its
 * left; drivers do not import each other; inside the server only wire.ts, the files of wire/ and the test harness know drivers; only a main.ts
 * reads the environment.
 */
import path from 'node:path'
import type { Source } from './sources.ts'

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  typegen: [],
  contract: ['typegen'],
  domain: ['contract'],
  drivers: ['domain', 'contract'],
  testing: ['contract', 'domain'],
  sdk: ['contract'],
  server: ['contract', 'domain', 'drivers'],
  apps: ['contract', 'domain', 'drivers', 'server', 'sdk', 'testing'],
}
/** Tests may also use the SDK and the builders. */
const IN_TESTS: Readonly<Record<string, readonly string[]>> = {
  domain: ['testing'],
  drivers: ['testing'],
  server: ['testing', 'sdk'],
  contract: [],
  sdk: [],
}
const KNOWS_DRIVERS = /^packages\/server\/src\/(wire\.ts|wire\/|testing\/)/
const READS_ENVIRONMENT =
  /(^|\/)main\.ts$|\.test\.ts$|test-[a-z-]+\.ts$|\/testing\/|^scripts\/|config\.ts$|^packages\/[a-z]+\/scripts\/|^apps\/acceptance\//
const layerOf = (file: string) => (file.startsWith('apps/') ? 'apps' : /^packages\/([a-z-]+)\//.exec(file)?.[1])
const isTest = (file: string) => /\.test\.ts$|\/testing\/|test-[a-z-]+\.ts$|global-setup/.test(file)
const importsOf = (text: string) => [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((m) => m[1] ?? '')

/** Every import that points the wrong way, as a sentence. */
export function layerProblems(all: readonly Source[]): string[] {
  const problems: string[] = []
  for (const { file, text } of all) {
    const layer = layerOf(file)
    // Generators print imports as text; what they print is checked where it is used.
    if (!layer || file.includes('/src/gen/') || /^packages\/[a-z]+\/scripts\//.test(file)) continue
    for (const target of importsOf(text)) {
      const other = /^@vitrine\/([a-z]+)/.exec(target)?.[1]
      if (other && other !== layer) {
        const allowed = [...(MAY_IMPORT[layer] ?? []), ...(isTest(file) ? (IN_TESTS[layer] ?? []) : [])]
        if (!allowed.includes(other)) problems.push(`${file} imports ${target}: ${layer} may import ${allowed.join(', ') || 'no package'}`)
        if (layer === 'server' && other === 'drivers' && !KNOWS_DRIVERS.test(file) && !isTest(file))
          problems.push(`${file} imports ${target}: inside the server only wire.ts does`)
      }
      if (layer === 'domain' && /^(hono|postgres|drizzle-orm|@hono|node:http|pino)/.test(target))
        problems.push(`${file} imports ${target}: the domain knows no HTTP, no SQL and no log`)
      if (target.startsWith('.')) {
        const resolved = path.posix.normalize(path.posix.join(path.posix.dirname(file), target))
        // The builders for tests depend on the domain, so the domain's own tests cannot name them as a package.
        const builders = isTest(file) && resolved.startsWith('packages/testing/')
        if (layerOf(resolved) !== layer && !builders) problems.push(`${file} reaches into another package: ${target}`)
        if (layer === 'drivers' && !isTest(file)) problems.push(...driverProblem(file, resolved))
      }
    }
    if (/process\.env\b/.test(text) && !READS_ENVIRONMENT.test(file)) problems.push(`${file} reads the environment: only a main.ts does`)
  }
  return problems
}

function driverProblem(file: string, resolved: string): string[] {
  const from = file.split('/')[3]
  const to = resolved.split('/')[3]
  const foreign = from !== to && to && file.split('/').length > 4
  return foreign ? [`${file} imports the driver ${to}: drivers do not know each other`] : []
}
