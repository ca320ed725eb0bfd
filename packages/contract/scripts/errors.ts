/** openapi/errors/<Code>.yaml → the register of error codes as TypeScript: status, package, text and typed parameters. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'

interface Parameter {
  type: 'integer' | 'number' | 'string' | 'boolean' | 'object' | 'array'
  optional?: boolean
  description: string
}
export interface ErrorEntry {
  status: number
  package: string
  meaning: string
  text: string
  parameters?: Record<string, Parameter>
}

const typeOf: Record<Parameter['type'], string> = {
  integer: 'number',
  number: 'number',
  string: 'string',
  boolean: 'boolean',
  object: 'Readonly<Record<string, unknown>>',
  array: 'readonly unknown[]',
}

const REQUIRED = ['status', 'package', 'meaning', 'text'] as const
const KEYS = new Set<string>([...REQUIRED, 'parameters'])
/** Every error carries these: no file declares them. */
const IMPLIED = new Set(['realm', 'statuscode'])

function problemOf(entry: ErrorEntry): string | undefined {
  if (typeof entry !== 'object' || entry === null) return 'is no mapping'
  const missing = REQUIRED.find((key) => entry[key] === undefined)
  if (missing) return `${missing} is missing`
  const unknown = Object.keys(entry).find((key) => !KEYS.has(key))
  if (unknown) return `${unknown} is no key of an error`
  if (!(Number.isInteger(entry.status) && entry.status >= 400 && entry.status < 600)) return `status ${entry.status} is no failure`
  for (const [name, { type, description }] of Object.entries(entry.parameters ?? {})) {
    if (IMPLIED.has(name)) return `parameter ${name} is implied`
    if (!Object.hasOwn(typeOf, type)) return `parameter ${name} has the unknown type ${type}`
    if (!description) return `parameter ${name} has no description`
  }
  for (const [, name = ''] of entry.text.matchAll(/\{(\w+)\}/g))
    if (!entry.parameters?.[name]) return `the text names {${name}}, which is no parameter`
  return undefined
}

export async function readErrors(folder: string): Promise<Map<string, ErrorEntry>> {
  const files = (await readdir(folder)).filter((f) => f.endsWith('.yaml')).toSorted()
  const register = new Map<string, ErrorEntry>()
  for (const file of files) {
    const code = path.basename(file, '.yaml')
    const entry = parse(await readFile(path.join(folder, file), 'utf8')) as ErrorEntry
    const problem = /^[A-Z][A-Za-z0-9]*$/.test(code) ? problemOf(entry) : 'the name is no code'
    if (problem !== undefined) throw new Error(`errors/${file}: ${problem}`)
    register.set(code, entry)
  }
  return register
}

export function printErrors(register: ReadonlyMap<string, ErrorEntry>): string {
  const types: string[] = []
  const table: string[] = []
  for (const [code, e] of register) {
    const parameters = Object.entries(e.parameters ?? {})
    const fields = parameters.map(([name, p]) => `/** ${p.description} */ ${name}${p.optional ? '?' : ''}: ${typeOf[p.type]}`)
    types.push(`  /** ${e.meaning.trim().replaceAll('*/', '* /')} */\n  ${code}: { ${fields.join('; ')} }`)
    const shapes = Object.fromEntries(parameters.map(([name, p]) => [name, { type: p.type, optional: p.optional ?? false }]))
    table.push(`  ${code}: ${JSON.stringify({ status: e.status, package: e.package, text: e.text, parameters: shapes })},`)
  }
  return `// generated from openapi/errors/; not edited by hand
export interface ErrorParameters {
${types.join('\n')}
}
export type ErrorCode = keyof ErrorParameters
export interface ErrorDefinition {
  readonly status: number
  readonly package: string
  readonly text: string
  readonly parameters: Readonly<Record<string, { readonly type: string; readonly optional: boolean }>>
}
export const errorRegister: Readonly<Record<ErrorCode, ErrorDefinition>> = {
${table.join('\n')}
}
`
}
