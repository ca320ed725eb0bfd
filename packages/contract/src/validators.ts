/**
 * Ajv judges requests and answers straight from the bundled document; no schema is translated into another language.
 * Bodies are judged as they are. Parameters and form fields arrive as text and are read by `texts.ts` first; an undeclared
 * query parameter is refused.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { readerOf, type TextReader } from './texts.ts'

export type Validate = ValidateFunction
// An OpenAPI document is data of unknown shape here; the generator has checked what this file relies on.
// oxlint-disable-next-line no-explicit-any
type Node = any

const OPTIONS = { strict: false, allErrors: false, unicodeRegExp: true, multipleOfPrecision: 9, discriminator: false } as const
const BASE = 'doc:/openapi'
export type Place = 'path' | 'query' | 'header'

const escapePointer = (s: string) => encodeURIComponent(s.replaceAll('~', '~0').replaceAll('/', '~1'))

export function newAjv(doc: object, extra: object = {}): Ajv2020 {
  const ajv = new Ajv2020({ ...OPTIONS, ...extra })
  addFormats.default(ajv)
  ajv.addFormat('int32', { type: 'number', validate: (n: number) => Number.isInteger(n) && n >= -(2 ** 31) && n < 2 ** 31 })
  // Numbers travel as JSON numbers: above 2^53-1 they would be rounded, so they are refused instead.
  ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger })
  ajv.addSchema({ $id: BASE, ...doc }, BASE)
  return ajv
}

/** Rewrites local references so that a schema taken out of the document still finds its parts. */
const absolute = (s: Node): Node =>
  Array.isArray(s)
    ? s.map(absolute)
    : s && typeof s === 'object'
      ? Object.fromEntries(Object.entries(s).map(([k, v]) => [k, k === '$ref' && typeof v === 'string' ? `${BASE}${v}` : absolute(v)]))
      : s

export interface DocumentOperation {
  readonly op: Node
  readonly item: Node
  readonly method: string
  readonly path: string
  readonly pointer: string
}

export class Validators {
  readonly operations = new Map<string, DocumentOperation>()
  readonly doc: Node
  /** Query parameters that every operation takes: the document declares them as a security scheme. */
  readonly tokenParameters: readonly string[]
  readonly #bodies: Ajv2020
  readonly #parameters: Ajv2020

  constructor(doc: object) {
    this.doc = doc
    this.#bodies = newAjv(doc)
    this.#parameters = newAjv(doc, { useDefaults: true })
    this.tokenParameters = Object.values<Node>(this.doc.components?.securitySchemes ?? {})
      .filter((scheme) => scheme.type === 'apiKey' && scheme.in === 'query')
      .map((scheme): string => scheme.name)
    for (const [path, item] of Object.entries<Node>(this.doc.paths))
      for (const [method, op] of Object.entries<Node>(item))
        if (op?.operationId)
          this.operations.set(op.operationId, { op, item, method, path, pointer: `${BASE}#/paths/${escapePointer(path)}/${method}` })
  }

  dereference(node: Node): Node {
    return node?.$ref
      ? this.dereference(
          node.$ref
            .slice(2)
            .split('/')
            .reduce((n: Node, k: string) => n[k.replaceAll('~1', '/').replaceAll('~0', '~')], this.doc),
        )
      : node
  }

  operation(id: string): DocumentOperation {
    const found = this.operations.get(id)
    if (!found) throw new Error(`the document has no operation ${id}`)
    return found
  }

  bodySchema(id: string, type: string): Node {
    return this.dereference(this.operation(id).op.requestBody).content[type]?.schema ?? {}
  }

  body(id: string, type: string): Validate {
    return this.#bodies.compile(absolute(this.bodySchema(id, type)))
  }

  /** Reads the texts of a form into the types its schema names. */
  formReader(id: string): TextReader {
    const schema = this.dereference(this.bodySchema(id, 'application/x-www-form-urlencoded'))
    return readerOf(Object.entries<Node>(schema.properties ?? {}).map(([name, property]) => [name, this.dereference(property)]))
  }

  /** Reads the texts of parameters into the types their schemas name. */
  parameterReader(id: string, place: Place): TextReader {
    return readerOf(this.parametersOf(id, place).map((p) => [p.name, this.dereference(p.schema ?? {})]))
  }

  parametersOf(id: string, place: Place): Node[] {
    const { op, item } = this.operation(id)
    return [...(item.parameters ?? []), ...(op.parameters ?? [])].map((p) => this.dereference(p)).filter((p) => p.in === place)
  }

  parameters(id: string, place: Place): Validate {
    const list = this.parametersOf(id, place)
    const properties = Object.fromEntries(list.map((p) => [p.name, absolute(p.schema ?? {})]))
    if (place === 'query') for (const name of this.tokenParameters) properties[name] ??= { type: 'string' }
    return this.#parameters.compile({
      type: 'object',
      properties,
      required: list.filter((p) => p.required).map((p) => p.name),
      ...(place === 'query' ? { additionalProperties: false } : {}),
    })
  }
}
