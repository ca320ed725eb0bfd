/**
 * One folder of hand-written documents → the generated folder: {instance,admin}/{openapi.json,types.ts,meta.ts,routes.ts,
 * operations.ts} and errors.ts. The same input gives the same bytes. The JSON is written once here and served byte for byte;
 * nothing is decorated afterwards.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { bundle, createConfig } from '@redocly/openapi-core'
import { generateTypes } from '@vitrine/typegen'
import { dereference, operationsOf, type Node } from './document.ts'
import { printErrors, readErrors } from './errors.ts'
import { printMeta, printOperations, printRoutes } from './routes.ts'

async function bundled(file: string): Promise<Node> {
  const { bundle: result, problems } = await bundle({ ref: file, config: await createConfig({}) })
  const errors = problems.filter((p) => p.severity === 'error')
  if (errors.length) throw new Error(`${path.basename(file)} does not bundle:\n${errors.map((p) => p.message).join('\n')}`)
  return result.parsed
}

/**
 * The type generator takes every header behind a reference for one that is always there. Put in place of the reference, a
 * header is required where the document says so.
 */
function withHeadersInPlace(doc: Node): Node {
  const copy = structuredClone(doc)
  const operations = Object.values<Node>(copy.paths).flatMap((item) => Object.values<Node>(item))
  const answers = [...operations.flatMap((op) => Object.values<Node>(op.responses ?? {})), ...Object.values<Node>(copy.components?.responses ?? {})]
  for (const { headers } of answers) for (const name of Object.keys(headers ?? {})) headers[name] = dereference(copy, headers[name])
  return copy
}

/** Answers how many operations each document has. */
export async function generate(source: string, out: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const register = await readErrors(path.join(source, 'errors'))
  await mkdir(out, { recursive: true })
  await writeFile(path.join(out, 'errors.ts'), printErrors(register))

  for (const name of ['instance', 'admin']) {
    const doc = await bundled(path.join(source, `${name}.yaml`))
    const operations = operationsOf(doc)
    for (const op of operations)
      for (const code of op.errors) if (!register.has(code)) throw new Error(`${op.id}: error code ${code} has no file in openapi/errors`)
    const folder = path.join(out, name)
    await mkdir(folder, { recursive: true })
    await writeFile(path.join(folder, 'openapi.json'), JSON.stringify(doc))
    await writeFile(path.join(folder, 'types.ts'), await generateTypes(withHeadersInPlace(doc)))
    await writeFile(path.join(folder, 'meta.ts'), printMeta(operations))
    await writeFile(path.join(folder, 'routes.ts'), printRoutes(operations))
    await writeFile(path.join(folder, 'operations.ts'), printOperations(operations))
    counts[name] = operations.length
  }
  return counts
}
