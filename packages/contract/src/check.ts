/**
 * Judges answers by the document, for tests and development: undeclared operation, status, header, media type, body shape,
 * error code or error parameter. Remembers what it has seen, so that a suite can say which answers nobody has provoked.
 */
import type { Ajv2020 } from 'ajv/dist/2020.js'
import { errorRegister, type ErrorCode } from './gen/errors.ts'
import { UNIVERSAL_ERRORS, type OperationEntry } from './operation-table.ts'
import { pathPattern } from './paths.ts'
import { newAjv, type Validate, type Validators } from './validators.ts'

interface Matcher {
  readonly entry: OperationEntry
  readonly pattern: RegExp
  readonly literals: number
}
interface Envelope {
  readonly code: string
  readonly statuscode: number
  readonly parameters: Readonly<Record<string, unknown>>
}

const escapePointer = (s: string) => encodeURIComponent(s.replaceAll('~', '~0').replaceAll('/', '~1'))

export class ContractChecker {
  /** `operation status` and, for failures with a code, `operation status code`. */
  readonly seen = new Set<string>()
  readonly #validators: Validators
  readonly #matchers: readonly Matcher[]
  readonly #ajv: Ajv2020
  readonly #cache = new Map<string, Validate>()
  /** The instance API names its failures by code; the administration API has its own shapes. */
  readonly #codes: boolean

  constructor(validators: Validators, operations: readonly OperationEntry[], options: { codes: boolean }) {
    this.#validators = validators
    this.#codes = options.codes
    this.#ajv = newAjv(validators.doc as object, { allErrors: true, verbose: true })
    this.#matchers = operations
      .map((entry) => ({
        entry,
        pattern: pathPattern(entry.path, entry.rest),
        literals: entry.path.replaceAll(/\{[^}]+\}/g, '').length,
      }))
      .toSorted((a, b) => b.literals - a.literals)
  }

  find(method: string, path: string): OperationEntry | undefined {
    return this.#matchers.find((m) => m.entry.method === method.toLowerCase() && m.pattern.test(path))?.entry
  }

  /** Throws when the answer is not one the document describes for this request. */
  async check(request: { method: string; url: string }, response: Response): Promise<void> {
    const url = new URL(request.url)
    // Where the document does not speak of HEAD, it is a GET without the body.
    const entry = this.find(request.method, url.pathname) ?? (request.method === 'HEAD' ? this.find('get', url.pathname) : undefined)
    if (!entry) return this.#checkUnknown(request, response)
    const where = `${entry.id} ${response.status}`
    const { op, pointer } = this.#validators.operation(entry.id)
    const key = op.responses[response.status] ? String(response.status) : 'default'
    const raw = op.responses[key]
    if (!raw) throw new Error(`${where}: the status is not declared`)
    const declared = this.#validators.dereference(raw)
    if (response.ok) this.#checkQuery(entry, url)
    for (const [name, header] of Object.entries<{ required?: boolean }>(declared.headers ?? {}))
      if (this.#validators.dereference(header).required && !response.headers.has(name)) throw new Error(`${where}: header ${name} is missing`)
    this.seen.add(where)
    if (request.method === 'HEAD') return
    await this.#checkBody(entry, where, response, declared, raw.$ref ? `doc:/openapi${raw.$ref}` : `${pointer}/responses/${key}`)
  }

  /** Declared answers that no checked request has produced, as `operation status`. */
  unseen(): string[] {
    return this.#matchers
      .flatMap(({ entry }) => entry.statuses.filter((s) => s !== 'default').map((s) => `${entry.id} ${s}`))
      .filter((s) => !this.seen.has(s))
  }

  async #checkUnknown(request: { method: string; url: string }, response: Response) {
    const unknown = this.#codes ? response.status === 400 : response.status === 404 || response.status === 405 || response.status === 401
    if (!unknown) throw new Error(`${request.method} ${request.url} answered ${response.status}, but the document has no such operation`)
    if (this.#codes) {
      const body = (await response.clone().json()) as Envelope
      if (body.code !== 'UnknownEndpointMethod') throw new Error(`an unknown operation answered ${body.code}`)
      this.seen.add(`unknown ${response.status} ${body.code}`)
    }
  }

  #checkQuery(entry: OperationEntry, url: URL) {
    for (const name of url.searchParams.keys())
      if (!entry.query.includes(name) && !this.#validators.tokenParameters.includes(name))
        throw new Error(`${entry.id}: undeclared query parameter ${name} was accepted`)
  }

  async #checkBody(
    entry: OperationEntry,
    where: string,
    response: Response,
    declared: { content?: Record<string, { schema?: object }> },
    at: string,
  ) {
    if (!declared.content) {
      if ((await response.clone().arrayBuffer()).byteLength) throw new Error(`${where}: a body was sent, but none is declared`)
      return
    }
    const type = response.headers.get('content-type')?.split(';')[0] ?? ''
    const media = declared.content[type] ?? declared.content['*/*']
    if (!media) throw new Error(`${where}: media type ${type || '(none)'} is not declared`)
    if (!media.schema || !/json/.test(type)) return
    const pointer = `${at}/content/${escapePointer(type)}/schema`
    const validate = this.#cache.get(pointer) ?? this.#ajv.compile({ $ref: pointer })
    this.#cache.set(pointer, validate)
    const body = (await response.clone().json()) as unknown
    if (!validate(body)) {
      const errors = (validate.errors ?? []).slice(0, 8).map((e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`)
      throw new Error(`${where}: the body is not as declared: ${errors.join('; ')}`)
    }
    if (this.#codes && response.status >= 400 && typeof (body as Envelope).code === 'string')
      this.#checkError(entry, where, response.status, body as Envelope)
  }

  #checkError(entry: OperationEntry, where: string, status: number, body: Envelope) {
    if (!UNIVERSAL_ERRORS.has(body.code) && !entry.errors.includes(body.code))
      throw new Error(`${where}: code ${body.code} is not declared for this operation`)
    const definition = errorRegister[body.code as ErrorCode]
    if (!definition) throw new Error(`${where}: code ${body.code} is not in the register`)
    if (body.statuscode !== status || body.parameters['statuscode'] !== status) throw new Error(`${where}: statuscode is not the status`)
    for (const [name, shape] of Object.entries(definition.parameters))
      if (!shape.optional && body.parameters[name] === undefined) throw new Error(`${where}: ${body.code} lacks its parameter ${name}`)
    for (const name of Object.keys(body.parameters))
      if (name !== 'realm' && name !== 'statuscode' && !definition.parameters[name])
        throw new Error(`${where}: ${body.code} carries the undeclared parameter ${name}`)
    this.seen.add(`${where} ${body.code}`)
  }
}
