/**
 * Ajv judges requests and answers straight from the bundled document; no schema is translated into another language.
 * Bodies are judged as they are. Parameters arrive as text, so theirs are coerced, and an undeclared query parameter is refused.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

export type Validate = ValidateFunction
// An OpenAPI document is data of unknown shape here; the generator has checked what this file relies on.
// oxlint-disable-next-line no-explicit-any
type Node = any

const OPTIONS = { strict: false, allErrors: false, unicodeRegExp: true, multipleOfPrecision: 9, discriminator: false } as const
const BASE = 'doc:/openapi'
/** Names of these query parameters are allowed on every operation: the document declares them as a security scheme. */
const TOKEN_PARAMETERS = ['access_token']

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
  readonly #bodies: Ajv2020
  readonly #parameters: Ajv2020
  readonly #forms: Ajv2020

  constructor(doc: object) {
    this.doc = doc
    this.#bodies = newAjv(doc)
    this.#parameters = newAjv(doc, { useDefaults: true, coerceTypes: 'array' })
    this.#forms = newAjv(doc, { coerceTypes: true })
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

  /** The validator of a request body; form fields arrive as text and are coerced. */
  body(id: string, type: string): Validate {
    const ajv = type === 'application/x-www-form-urlencoded' ? this.#forms : this.#bodies
    return ajv.compile(absolute(this.bodySchema(id, type)))
  }

  parametersOf(id: string, place: Place): Node[] {
    const { op, item } = this.operation(id)
    return [...(item.parameters ?? []), ...(op.parameters ?? [])].map((p) => this.dereference(p)).filter((p) => p.in === place)
  }

  parameters(id: string, place: Place): Validate {
    const list = this.parametersOf(id, place)
    const properties = Object.fromEntries(list.map((p) => [p.name, absolute(p.schema ?? {})]))
    if (place === 'query') for (const name of TOKEN_PARAMETERS) properties[name] ??= { type: 'string' }
    return this.#parameters.compile({
      type: 'object',
      properties,
      required: list.filter((p) => p.required).map((p) => p.name),
      ...(place === 'query' ? { additionalProperties: false } : {}),
    })
  }
}
