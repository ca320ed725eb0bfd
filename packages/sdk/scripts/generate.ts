/**
 * Contract → src/gen/: the types of the document, the error codes, and one method per operation. The published package
 * carries its own copy of the types, because the contract package is never published. Runs after the contract's own
 * generator (turbo: `generate` depends on `^generate`).
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly description?: string
  readonly 'x-vitrine-right': string
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

const METHODS = ['get', 'put', 'post', 'delete', 'head', 'patch', 'options']
const from = path.resolve(import.meta.dirname, '../../contract/src/gen')
const out = path.join(import.meta.dirname, '../src/gen')

// These speak about tokens themselves; sending one along would only confuse the server about who is asking.
const WITHOUT_TOKEN = new Set(['oauth2Authorize', 'oauth2AuthorizeSubmit', 'oauth2Token', 'oauth2Revoke', 'oauth2Introspect', 'oauth2Discovery'])

const JSON_TYPE = 'application/json'
const mediaOf = (content: Readonly<Record<string, unknown>> | undefined): string[] => Object.keys(content ?? {})
const preferred = (types: readonly string[]): string | undefined => (types.includes(JSON_TYPE) ? JSON_TYPE : types[0])

/** How the 200 answer is read: parsed, not at all, or handed over as it came. What HEAD answers is in its headers. */
function answersOf(method: string, op: Operation): 'json' | 'empty' | 'response' {
  if (method === 'head') return 'response'
  const types = mediaOf(op.responses['200']?.content)
  if (types.includes(JSON_TYPE)) return 'json'
  return types.length === 0 && op.responses['200'] !== undefined ? 'empty' : 'response'
}

const oneLine = (text: string | undefined): string => (text ?? '').replaceAll('*/', '* /').replaceAll(/\s+/g, ' ').trim()

function printEntry(method: string, route: string, op: Operation): string {
  const body = preferred(mediaOf(op.requestBody?.content))
  const entry = {
    id: op.operationId,
    method,
    path: route,
    ...(body ? { body } : {}),
    token: !WITHOUT_TOKEN.has(op.operationId),
    answers: answersOf(method, op),
  }
  return `  ${op.operationId}: ${JSON.stringify(entry)},`
}

function printMethod(method: string, op: Operation): string {
  const shape = `operations['${op.operationId}']`
  const doc = `  /** ${oneLine(op.summary)}. ${oneLine(op.description)} Right: ${op['x-vitrine-right']}. */`
  const run = `    return this.#call(table.${op.operationId}, input, options)`
  const asBlob = mediaOf(op.responses['200']?.content).some((type) => type !== JSON_TYPE) && answersOf(method, op) === 'json'
  const answer = method === 'head' ? 'Response' : `Answer<${shape}>`
  if (!asBlob) return `${doc}\n  ${op.operationId}(...[input, options]: Arguments<${shape}>): Promise<${answer}> {\n${run}\n  }`
  return `${doc}
  ${op.operationId}(input: Input<${shape}>, options: CallOptions & { readonly as: 'blob' }): Promise<Blob>
  ${op.operationId}(...args: Arguments<${shape}>): Promise<Answer<${shape}>>
  ${op.operationId}(input: Input<${shape}>, options?: CallOptions): Promise<Answer<${shape}> | Blob> {\n${run}\n  }`
}

function printOperations(document: Document): string {
  const entries: string[] = []
  const methods: string[] = []
  for (const [route, item] of Object.entries(document.paths))
    for (const method of METHODS) {
      const op = item[method]
      if (!op) continue
      entries.push(printEntry(method, route, op))
      methods.push(printMethod(method, op))
    }
  return `// generated from openapi/; not edited by hand
import type { Answer, Arguments, Call, CallOptions, Input, OperationEntry } from '../operation.ts'
import type { operations } from './types.ts'

const table = {
${entries.join('\n')}
} as const satisfies Record<string, OperationEntry>

/** One method per operation of the contract, named after it. */
export class Operations {
  readonly #call: Call

  protected constructor(call: Call) {
    this.#call = call
  }

${methods.join('\n\n')}
}
`
}

/** Only the types: the register of texts and statuses is the server's business. */
function printErrorTypes(source: string): string {
  const end = source.indexOf('export interface ErrorDefinition')
  if (end < 0) throw new Error("the contract's errors.ts has another form than expected")
  return source.slice(0, end)
}

await mkdir(out, { recursive: true })
const document = JSON.parse(await readFile(path.join(from, 'instance/openapi.json'), 'utf8')) as Document
await writeFile(path.join(out, 'types.ts'), await readFile(path.join(from, 'instance/types.ts'), 'utf8'))
await writeFile(path.join(out, 'errors.ts'), printErrorTypes(await readFile(path.join(from, 'errors.ts'), 'utf8')))
await writeFile(path.join(out, 'operations.ts'), printOperations(document))
