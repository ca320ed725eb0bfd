/**
 * Values that a schema of the document accepts, for property tests. Covers the keywords the documents may use (the linter
 * refuses the rest); whatever the mapping cannot express, such as code points in `maxLength`, Ajv sorts out afterwards.
 */
import * as fc from 'fast-check'

// A schema is data of unknown shape.
// oxlint-disable-next-line no-explicit-any
type Schema = any

/** Values worth trying for a property or parameter of some name, beside what its schema makes up: names that exist, small ids. */
export type Hints = Readonly<Record<string, readonly unknown[]>>

const DEEPEST = 4
const SAFE = Number.MAX_SAFE_INTEGER
/** Neither NUL nor half a character can be kept; the server refuses both, whatever the schema. */
const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed()
const typesOf = (schema: Schema): string[] => [schema.type ?? ['object', 'array', 'string', 'integer', 'boolean', 'null']].flat()

export class Arbitraries {
  readonly #dereference: (schema: Schema) => Schema
  readonly #hints: Hints
  // Schemas contain each other and themselves: every one is built once per depth, so that building ends.
  readonly #built = new Map<string, fc.Arbitrary<unknown>>()

  constructor(dereference: (schema: Schema) => Schema, hints: Hints = {}) {
    this.#dereference = dereference
    this.#hints = hints
  }

  of(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
    if (schema === true || schema === undefined) return fc.jsonValue({ maxDepth: 1, stringUnit: 'grapheme' })
    if (schema.$ref === undefined) return this.#make(schema, depth)
    const { $ref, ...beside } = schema
    if (Object.keys(beside).some((key) => key !== 'description' && key !== 'readOnly' && key !== 'writeOnly'))
      return this.#make({ ...this.#dereference(schema), ...beside }, depth)
    const key = `${depth} ${$ref}`
    const known = this.#built.get(key) ?? this.#make(this.#dereference(schema), depth)
    this.#built.set(key, known)
    return known
  }

  /** A value for something with a name: half of the time one of the hints, if there are any. */
  named(name: string, schema: Schema, depth = 0): fc.Arbitrary<unknown> {
    const made = this.of(schema, depth)
    const hints = Object.hasOwn(this.#hints, name) ? this.#hints[name] : undefined
    return hints?.length ? fc.oneof(fc.constantFrom(...hints), made) : made
  }

  #make(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    if ('const' in schema) return fc.constant(schema.const)
    if (schema.enum) return fc.constantFrom(...schema.enum)
    const branches: Schema[] | undefined = schema.anyOf ?? schema.oneOf
    if (branches) return fc.oneof(...branches.map((branch) => this.of(branch, depth + 1)))
    const types = typesOf(schema).filter((type) => depth < DEEPEST || !schema.type || type !== 'object' || typesOf(schema).length === 1)
    return fc.oneof(...types.map((type) => this.#typed(type, schema, depth)))
  }

  #typed(type: string, schema: Schema, depth: number): fc.Arbitrary<unknown> {
    switch (type) {
      case 'null':
        return fc.constant(null)
      case 'boolean':
        return fc.boolean()
      case 'integer':
        return integers(schema)
      case 'number':
        return fc.double({ noNaN: true, noDefaultInfinity: true, min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9 })
      case 'string':
        return texts(schema)
      case 'array':
        return this.#array(schema, depth)
      case 'object':
        return this.#object(schema, depth)
      default:
        throw new Error(`no values for the type ${type}`)
    }
  }

  /** Deep down only what a client writes itself is made up: what it merely sends back can be wide and contain records again. */
  #isWorthIt(property: Schema, depth: number): boolean {
    return depth === 0 || (depth < DEEPEST && !property.readOnly && !(depth > 1 && this.#dereference(property)?.readOnly))
  }

  #array(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    if (schema.prefixItems) return fc.tuple(...schema.prefixItems.map((item: Schema) => this.of(item, depth + 1)))
    const minLength = schema.minItems ?? 0
    const maxLength = Math.max(minLength, Math.min(schema.maxItems ?? 3, depth >= DEEPEST ? 0 : depth > 1 ? 1 : 3))
    if (maxLength === 0) return fc.constant([])
    const items = this.of(schema.items, depth + 1)
    return schema.uniqueItems
      ? fc.uniqueArray(items, { minLength, maxLength, selector: (v) => JSON.stringify(v) })
      : fc.array(items, { minLength, maxLength })
  }

  #object(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const required: string[] = schema.required ?? []
    const declared = Object.entries<Schema>(schema.properties ?? {}).filter(
      ([name, property]) => required.includes(name) || this.#isWorthIt(property, depth),
    )
    const properties = Object.fromEntries(declared.map(([name, property]) => [name, this.named(name, property, depth + 1)]))
    const known = fc.record(properties, { requiredKeys: required.filter((name) => name in properties) })
    if (schema.additionalProperties === false || depth >= DEEPEST) return known
    const values = this.of(schema.additionalProperties, depth + 1)
    const maxKeys = Math.min(schema.maxProperties ?? 2, 2)
    const minKeys = Math.max(0, Math.min(maxKeys, (schema.minProperties ?? 0) - required.length))
    const more = fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), values, { maxKeys, minKeys, noNullPrototype: true })
    return fc.tuple(more, known).map(([extra, own]) => ({ ...extra, ...own }))
  }
}

function integers(schema: Schema): fc.Arbitrary<number> {
  const limit = schema.format === 'int32' ? 2 ** 31 - 1 : SAFE
  const min = schema.minimum ?? -limit
  const max = schema.maximum ?? limit
  const first = Math.max(min, Math.min(0, max))
  const near = fc.integer({ min: first, max: Math.min(max, first + 30) })
  return fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max), near, near)
}

function texts(schema: Schema): fc.Arbitrary<string> {
  if (schema.format === 'date-time') return dates().map((date) => date.toISOString())
  if (schema.format === 'date') return dates().map((date) => date.toISOString().slice(0, 10))
  if (schema.format === 'uuid') return fc.uuid()
  if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern, 'u')).filter(isStorable)
  const minLength = schema.minLength ?? 0
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(schema.maxLength ?? 12, minLength + 12) })
}
const dates = () => fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') })
