/** openapi/ (written by hand, many files) → src/gen. */
import path from 'node:path'
import { generate } from './pipeline.ts'

const counts = await generate(path.resolve(import.meta.dirname, '../../../openapi'), path.join(import.meta.dirname, '../src/gen'))
for (const [name, count] of Object.entries(counts)) console.log(`${name}: ${count} operations`)
