/**
 * Requests made from the document: valid ones, and ones that are wrong in exactly one place, which is known. What is valid is
 * decided by the very validators the server uses, so a test of the server finds what its handlers make of them.
 */
import type { OperationEntry } from '@vitrine/contract'
import type { Place, Validators } from '@vitrine/contract/validators'
import * as fc from 'fast-check'
import { Arbitraries, type Hints } from './arbitrary.ts'

type Values = Readonly<Record<string, unknown>>
export interface RequestParts {
  readonly operation: OperationEntry
  readonly path: Values
  /** Undeclared names included, when they are what is wrong. */
  readonly query: Values
  readonly headers: Values
  readonly body?: unknown
  readonly type?: string
  /** Sent as it is, in place of the body. */
  readonly text?: string
}
export interface WrongRequest {
  readonly where: Place | 'body'
  readonly request: RequestParts
}

const FORM = 'application/x-www-form-urlencoded'
const PARTS = 'multipart/form-data'
const isJson = (type: string) => /^application\/([\w.-]+\+)?json$/.test(type)
const sendable = (value: unknown) => !['', '.', '..'].includes(String(value)) && String(value).isWellFormed()
/** Headers carry less than strings hold. */
const carriable = (value: unknown) => (typeof value === 'string' ? value.replaceAll(/[^\x21-\x7e]/g, '-') : value)

export class Requests {
  readonly #validators: Validators
  readonly #arbitraries: Arbitraries
  // Compiling takes far longer than judging.
  readonly #judges = new Map<string, (values: Values) => boolean>()

  constructor(validators: Validators, hints: Hints = {}) {
    this.#validators = validators
    this.#arbitraries = new Arbitraries((schema) => validators.dereference(schema) as unknown, hints)
  }

  valid(operation: OperationEntry): fc.Arbitrary<RequestParts> {
    const places = fc.record({
      path: this.#parameters(operation, 'path'),
      query: this.#parameters(operation, 'query'),
      headers: this.#parameters(operation, 'header'),
    })
    return fc.tuple(places, this.#body(operation)).map(([parts, body]) => ({ operation, ...parts, ...body }))
  }

  /** Undefined when nothing of the operation can be wrong. */
  wrong(operation: OperationEntry): fc.Arbitrary<WrongRequest> {
    const valid = this.valid(operation)
    const ways: fc.Arbitrary<WrongRequest>[] = [
      fc
        .tuple(valid, this.#unknownName(operation))
        .map(([request, name]) => ({ where: 'query' as const, request: { ...request, query: { ...request.query, [name]: 'x' } } })),
    ]
    for (const place of ['path', 'query'] as const) ways.push(...this.#wrongParameters(operation, place, valid))
    const types = operation.bodyTypes.filter((type) => isJson(type) || type === FORM)
    for (const type of types) ways.push(this.#wrongBody(operation, type, valid))
    if (operation.bodyTypes.some(isJson)) {
      const type = operation.bodyTypes.find(isJson) ?? ''
      ways.push(
        fc
          .tuple(valid, fc.constantFrom('', '{', '[1,]', 'nil'))
          .map(([request, text]) => ({ where: 'body' as const, request: { ...request, type, text } })),
      )
    }
    return fc.oneof(...ways)
  }

  #parameters(operation: OperationEntry, place: Place): fc.Arbitrary<Values> {
    const list = this.#validators.parametersOf(operation.id, place)
    const made = Object.fromEntries(
      list.map((p): [string, fc.Arbitrary<unknown>] => {
        const values = this.#arbitraries.named(p.name, p.schema)
        return [p.name, place === 'header' ? values.map(carriable) : values]
      }),
    )
    const required = list.filter((p) => p.required).map((p): string => p.name)
    return fc
      .record(made, { requiredKeys: required })
      .filter((values) => this.#accepts(operation.id, place, values) && (place !== 'path' || Object.values(values).every(sendable)))
  }

  #accepts(id: string, place: Place, values: Values): boolean {
    const key = `${id} ${place}`
    const judge = this.#judges.get(key) ?? this.#judgeOf(id, place)
    this.#judges.set(key, judge)
    return judge(values)
  }

  #judgeOf(id: string, place: Place): (values: Values) => boolean {
    const validate = this.#validators.parameters(id, place)
    const read = this.#validators.parameterReader(id, place)
    return (values) => {
      const texts = Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]),
      )
      const storable = Object.values(texts)
        .flat()
        .every((text) => !text.includes('\0'))
      return storable && validate(read(texts))
    }
  }

  #body(operation: OperationEntry): fc.Arbitrary<{ body?: unknown; type?: string }> {
    if (!operation.bodyTypes.length) return fc.constant({})
    return fc.oneof(...operation.bodyTypes.map((type) => this.#bodyOf(operation.id, type).map((body) => ({ body, type }))))
  }

  #bodyOf(id: string, type: string): fc.Arbitrary<unknown> {
    const schema = this.#validators.bodySchema(id, type) as { properties?: object }
    const made = this.#arbitraries.of(type === FORM ? { ...(this.#validators.dereference(schema) as object), additionalProperties: false } : schema)
    const accepts = this.#validators.body(id, type)
    return made.filter((body) => accepts(structuredClone(body)))
  }

  #unknownName(operation: OperationEntry): fc.Arbitrary<string> {
    const known = new Set([...operation.query, ...this.#validators.tokenParameters])
    return fc
      .oneof(fc.constantFrom('__proto__', 'constructor', 'Limit'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }))
      .filter((name) => !known.has(name))
  }

  #wrongParameters(operation: OperationEntry, place: 'path' | 'query', valid: fc.Arbitrary<RequestParts>): fc.Arbitrary<WrongRequest>[] {
    const names = this.#validators.parametersOf(operation.id, place).map((p): string => p.name)
    if (!names.length) return []
    const junk = fc.oneof(
      fc.constantFrom('-1', '1e3', 'nil', '0', '9007199254740993'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
      fc.string({ minLength: 600, maxLength: 700 }),
    )
    const damaged = fc
      .tuple(valid, fc.constantFrom(...names), junk)
      .map(([request, name, text]) => ({ ...request, [place]: { ...request[place], [name]: text } }))
    const wrong = damaged.filter(
      (request) => !this.#accepts(operation.id, place, request[place]) && (place !== 'path' || Object.values(request.path).every(sendable)),
    )
    // Parameters that accept any text can hardly be wrong: their operations are left to the other ways.
    return fc.sample(damaged, { numRuns: 50, seed: 1 }).some((request) => !this.#accepts(operation.id, place, request[place]))
      ? [wrong.map((request) => ({ where: place, request }))]
      : []
  }

  #wrongBody(operation: OperationEntry, type: string, valid: fc.Arbitrary<RequestParts>): fc.Arbitrary<WrongRequest> {
    const accepts = this.#validators.body(operation.id, type)
    const junk = fc.oneof(fc.constantFrom<unknown>(null, true, -1, 0.5, '', [], {}, [[]], 1e300, '\ud800'), fc.jsonValue({ maxDepth: 1 }))
    const bodies = fc
      .tuple(this.#bodyOf(operation.id, type), fc.nat(), junk)
      .map(([body, at, value]) => (type === FORM ? damagedForm(body, at) : damagedAt(body, at, value)))
    const read = type === FORM ? this.#validators.formReader(operation.id) : undefined
    const wrong = bodies.filter((body) => !accepts(read ? read(body as Values) : structuredClone(body)))
    return fc.tuple(valid, wrong).map(([request, body]) => ({ where: 'body', request: { ...request, body, type } }))
  }
}

/** One value somewhere in the body, or the body itself, is replaced. */
export function damagedAt(body: unknown, index: number, value: unknown): unknown {
  const root = { body: structuredClone(body) }
  const places: [holder: Record<string, unknown>, key: string][] = []
  const walk = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, unknown>, key])
      walk((node as Record<string, unknown>)[key])
    }
  }
  walk(root)
  const [holder, key] = places[index % places.length] ?? [root, 'body']
  // Plain assignment to `__proto__` would change the prototype instead.
  Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true })
  return root.body
}

/** A field is sent twice, is too long, or is left out. */
function damagedForm(body: unknown, index: number): Values {
  const fields = Object.entries(body as Values)
  const [name] = fields[index % Math.max(1, fields.length)] ?? ['unknown']
  const ways: Values[] = [
    { ...(body as Values), [name]: ['a', 'b'] },
    { ...(body as Values), [name]: 'x'.repeat(5000) },
    Object.fromEntries(fields.filter(([other]) => other !== name)),
  ]
  return ways[index % ways.length] ?? {}
}

export function requestOf(
  { operation, path, query, headers, body, type, text }: RequestParts,
  origin: string,
  more: Readonly<Record<string, string>> = {},
): Request {
  const filled = operation.path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])))
  const url = new URL(filled, origin)
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) url.searchParams.append(name, String(one))
  const sent = new Headers({ ...more, ...(type === undefined ? {} : { 'content-type': type }) })
  for (const [name, value] of Object.entries(headers)) sent.set(name, String(value))
  const content = text ?? (type === undefined ? undefined : encoded(type, body))
  // A form of several parts names the boundary that it makes up.
  if (content instanceof FormData) sent.delete('content-type')
  return new Request(url, { method: operation.method.toUpperCase(), headers: sent, ...(content === undefined ? {} : { body: content }) })
}

function encoded(type: string, body: unknown): string | FormData {
  if (type === PARTS) return formOf(body as Values)
  if (type !== FORM) return isJson(type) ? JSON.stringify(body) : String(body)
  const fields = new URLSearchParams()
  for (const [name, value] of Object.entries(body as Values)) for (const one of [value].flat()) fields.append(name, String(one))
  return fields.toString()
}

/** Every value is a file of its own. */
function formOf(body: Values): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(body)) for (const one of [value].flat()) form.append(name, new Blob([String(one)]), `${name}.txt`)
  return form
}
