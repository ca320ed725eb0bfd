/** Runs a program of the repository after bringing the generated code up to date: `node scripts/run.ts apps/server/src/main.ts …` */
import path from 'node:path'
import { generate } from './generate.ts'
import { ROOT } from './sources.ts'

const [program, ...args] = process.argv.slice(2)
if (!program || !generate()) {
  console.error(
    program
      ? 'the code that comes from openapi/ could not be generated; `npm run generate` says why'
      : 'usage: node scripts/run.ts PROGRAM [ARGUMENTS]',
  )
  process.exit(1)
}
// The program takes over this process, so that signals and exit codes are its own.
process.argv = [process.argv[0] ?? 'node', path.join(ROOT, program), ...args]
await import(path.join(ROOT, program))
