/**
 * What of a released document an existing client can no longer rely on. Direction decides: what clients send may only be
 * widened, what they receive may only be narrowed. Silent on descriptions, defaults and the order of things.
 */

// A document is data of unknown shape; the linter has checked what this file relies on.
// oxlint-disable-next-line no-explicit-any
type Node = any
type Direction = 'request' | 'response'

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options']

export function breakingChanges(before: Node, after: Node): string[] {
  return new Comparison(before, after).run()
}

class Comparison {
  readonly #before: Node
  readonly #after: Node
  readonly #found: string[] = []
  /** Pairs of schemas under comparison: a recursive schema refers to a pair that is being judged already. */
  readonly #open = new Set<string>()

  constructor(before: Node, after: Node) {
    this.#before = before
    this.#after = after
  }

  run(): string[] {
    for (const [path, item] of Object.entries<Node>(this.#before.paths))
      for (const method of METHODS) {
        const old = item[method]
        if (!old) continue
        const where = `${method.toUpperCase()} ${path}`
        const item2 = this.#after.paths[path]
        const now = item2?.[method]
        if (now) this.#operation(where, { ...old, shared: item.parameters }, { ...now, shared: item2.parameters })
        else this.#say(where, 'the operation is gone')
      }
    return [...new Set(this.#found)]
  }

  #say(where: string, what: string): void {
    this.#found.push(`${where}: ${what}`)
  }

  #operation(where: string, old: Node, now: Node): void {
    if (old.operationId !== now.operationId) this.#say(where, `operationId ${old.operationId} became ${now.operationId}`)
    if (old['x-vitrine-right'] === 'public' && now['x-vitrine-right'] !== 'public') this.#say(where, 'it now asks for a sign-in')
    this.#parameters(where, this.#parametersOf(this.#before, old), this.#parametersOf(this.#after, now))
    this.#body(where, resolve(this.#before, old.requestBody), resolve(this.#after, now.requestBody))
    for (const [status, response] of Object.entries<Node>(old.responses)) {
      if (!now.responses[status]) this.#say(where, `status ${status} is gone`)
      else this.#response(`${where} ${status}`, resolve(this.#before, response), resolve(this.#after, now.responses[status]))
    }
  }

  #parametersOf(doc: Node, op: Node): Map<string, Node> {
    const list = [...(op.shared ?? []), ...(op.parameters ?? [])].map((p) => resolve(doc, p))
    return new Map(list.map((p) => [`${p.in} ${p.name}`, p]))
  }

  #parameters(where: string, old: Map<string, Node>, now: Map<string, Node>): void {
    for (const [name, parameter] of old) {
      const other = now.get(name)
      if (!other) this.#say(where, `parameter ${name} is gone`)
      else {
        if (other.required && !parameter.required) this.#say(where, `parameter ${name} became required`)
        this.#schema(`${where} ${name}`, parameter.schema, other.schema, 'request')
      }
    }
    for (const [name, parameter] of now) if (parameter.required && !old.has(name)) this.#say(where, `parameter ${name} is new and required`)
  }

  #body(where: string, old: Node, now: Node): void {
    if (!old) {
      if (now?.required) this.#say(where, 'a body is now required')
      return
    }
    if (!now) return this.#say(where, 'the body is gone')
    if (now.required && !old.required) this.#say(where, 'the body became required')
    for (const [type, media] of Object.entries<Node>(old.content)) {
      if (!now.content[type]) this.#say(where, `bodies of type ${type} are no longer read`)
      else this.#schema(`${where} body`, media.schema, now.content[type].schema, 'request')
    }
  }

  #response(where: string, old: Node, now: Node): void {
    for (const name of Object.keys(old.headers ?? {})) if (!now.headers?.[name]) this.#say(where, `header ${name} is gone`)
    for (const [type, media] of Object.entries<Node>(old.content ?? {})) {
      if (!now.content?.[type]) this.#say(where, `media type ${type} is gone`)
      else this.#schema(where, media.schema, now.content[type].schema, 'response')
    }
  }

  #schema(where: string, a: Node, b: Node, direction: Direction): void {
    const key = `${direction} ${a?.$ref ?? ''} ${b?.$ref ?? ''}`
    const recursive = Boolean(a?.$ref && b?.$ref)
    if (recursive && this.#open.has(key)) return
    if (recursive) this.#open.add(key)
    const old = resolve(this.#before, a) ?? {}
    const now = resolve(this.#after, b) ?? {}
    this.#types(where, old, now, direction)
    this.#limits(where, old, now, direction)
    this.#members(where, old, now, direction)
    // Where the other side knew no lists at all, what a list may hold takes nothing away.
    const listed = direction === 'request' ? old : now
    if ((old.items || now.items) && (!typesOf(listed).length || typesOf(listed).includes('array')))
      this.#schema(`${where}[]`, old.items, now.items, direction)
    for (const word of ['allOf', 'oneOf', 'anyOf', 'prefixItems']) this.#branches(`${where} ${word}`, old[word], now[word], direction)
    if (recursive) this.#open.delete(key)
  }

  /** `narrow` is what may not lose anything: the old set for requests, the new set for responses. */
  #types(where: string, old: Node, now: Node, direction: Direction): void {
    const [kept, other] = direction === 'request' ? [old, now] : [now, old]
    const lost = typesOf(kept).filter((t) => !typesOf(other).includes(t) && !(t === 'integer' && typesOf(other).includes('number')))
    if (typesOf(other).length && (lost.length || !typesOf(kept).length)) this.#say(where, `type ${show(old.type)} became ${show(now.type)}`)
    const values = (s: Node) => (s.const === undefined ? s.enum : [s.const])
    const allowed = values(other)
    if (allowed && !values(kept))
      this.#say(where, direction === 'request' ? 'only certain values are taken now' : 'values are no longer limited to certain ones')
    const missing = (values(kept) ?? []).filter((v: unknown) => allowed && !allowed.some((w: unknown) => JSON.stringify(v) === JSON.stringify(w)))
    if (missing.length) this.#say(where, `${direction === 'request' ? 'no longer takes' : 'may now be'} ${missing.map(show).join(', ')}`)
  }

  #limits(where: string, old: Node, now: Node, direction: Direction): void {
    const [wide, tight] = direction === 'request' ? [old, now] : [now, old]
    for (const word of ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'])
      if (tight[word] !== undefined && tight[word] > (wide[word] ?? -Infinity))
        this.#say(where, `${word} ${show(old[word])} became ${show(now[word])}`)
    for (const word of ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'])
      if (tight[word] !== undefined && tight[word] < (wide[word] ?? Infinity))
        this.#say(where, `${word} ${show(old[word])} became ${show(now[word])}`)
    for (const word of ['pattern', 'format'])
      if (tight[word] !== undefined && tight[word] !== wide[word]) this.#say(where, `${word} ${show(old[word])} became ${show(now[word])}`)
    if (tight.uniqueItems && !wide.uniqueItems) this.#say(where, `uniqueItems ${show(old.uniqueItems)} became ${show(now.uniqueItems)}`)
  }

  #members(where: string, old: Node, now: Node, direction: Direction): void {
    const [a, b] = [old.properties ?? {}, now.properties ?? {}]
    for (const [name, schema] of Object.entries<Node>(a)) {
      if (b[name]) this.#schema(`${where}.${name}`, schema, b[name], direction)
      else if (direction === 'response' || now.additionalProperties === false) this.#say(where, `property ${name} is gone`)
    }
    const [must, may] = direction === 'request' ? [now, old] : [old, now]
    for (const name of must.required ?? [])
      if (!may.required?.includes(name))
        this.#say(where, `property ${name} ${direction === 'request' ? 'became required' : 'is no longer always there'}`)
    const [open, closed] = direction === 'request' ? [old, now] : [now, old]
    if (closed.additionalProperties === false && open.additionalProperties !== false && old.properties)
      if (direction === 'request') this.#say(where, 'unknown properties are refused now')
    if (typeof old.additionalProperties === 'object' && typeof now.additionalProperties === 'object')
      this.#schema(`${where}.*`, old.additionalProperties, now.additionalProperties, direction)
  }

  #branches(where: string, old: Node[] | undefined, now: Node[] | undefined, direction: Direction): void {
    if (!old && !now) return
    if (!old || !now) return this.#say(where, old ? 'the alternatives are gone' : 'there are alternatives now')
    for (const [i, branch] of old.entries()) {
      // A branch is found again by its reference wherever it stands; nameless ones by their position.
      const same = branch.$ref ? now.find((n) => n.$ref === branch.$ref) : now[i]
      if (same) this.#schema(`${where}/${i}`, branch, same, direction)
      else if (direction === 'request') this.#say(where, `alternative ${branch.$ref ?? i} is gone`)
    }
    if (direction === 'response')
      for (const n of now) if (n.$ref && !old.some((o) => o.$ref === n.$ref)) this.#say(where, `alternative ${n.$ref} is new`)
  }
}

const typesOf = (schema: Node): string[] => (schema.type === undefined ? [] : [schema.type].flat())
const show = (value: unknown) => (value === undefined ? '(none)' : JSON.stringify(value))
const resolve = (doc: Node, node: Node): Node =>
  node?.$ref
    ? resolve(
        doc,
        node.$ref
          .slice(2)
          .split('/')
          .reduce((at: Node, key: string) => at?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], doc),
      )
    : node
