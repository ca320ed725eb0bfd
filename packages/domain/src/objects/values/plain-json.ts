/**
 * What every value of a record has to be, whatever its column: JSON that the database can keep as it is. PostgreSQL refuses
 * the character U+0000 and lone surrogates in `jsonb`, and very deep nesting exhausts the stack of whoever reads it next.
 */
import { fail } from '../../errors.ts'

const DEEPEST = 64

/** Walks without recursion, so that a nesting bomb meets the limit and not the end of the stack. */
export function requirePlainJson(value: unknown, where: string): void {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'string') requireText(value, where)
    return
  }
  let level: object[] = [value]
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > DEEPEST) fail('SchemaInconsistent', { msg: `${where}: values are nested more than ${DEEPEST} levels deep` })
    const next: object[] = []
    for (const parent of level) {
      if (Array.isArray(parent)) for (const child of parent as unknown[]) collect(child, where, next)
      else
        for (const [key, child] of Object.entries(parent)) {
          requireKey(key, where)
          collect(child, where, next)
        }
    }
    level = next
  }
}

function collect(child: unknown, where: string, next: object[]): void {
  if (typeof child === 'string') requireText(child, where)
  // JSON texts can hold numbers that become infinite when read, and infinity cannot be written again.
  else if (typeof child === 'number' && !Number.isFinite(child)) fail('NumberOutOfRange', { field: where, value: String(child) })
  else if (typeof child === 'object' && child !== null) next.push(child)
}

function requireKey(key: string, where: string): void {
  // Copying such a key would change the prototype of the copy instead of the copy.
  if (key === '__proto__') fail('SchemaInconsistent', { msg: `${where}: the key __proto__ is not possible` })
  requireText(key, where)
}

function requireText(text: string, where: string): void {
  if (text.includes('\u0000')) fail('SchemaInconsistent', { msg: `${where}: a text contains the character U+0000, which cannot be stored` })
  if (!text.isWellFormed()) fail('SchemaInconsistent', { msg: `${where}: a text contains half of a surrogate pair, which cannot be stored` })
}

/** The same text for values that are equal as JSON: keys in order, no spaces. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const keys = Object.keys(value).sort()
  const record = value as Readonly<Record<string, unknown>>
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key])}`).join(',')}}`
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
