/** What the pipeline relies on and no linter says: every schema compiles, defaults and examples fit, parameters and texts are whole. */
import { describe, expect, it } from 'vitest'
import { adminBytes, adminOperations, adminValidators } from './admin.ts'
import { errorRegister, type ErrorCode } from './index.ts'
import { instanceBytes, instanceOperations, instanceValidators } from './instance.ts'
import { newAjv } from './validators.ts'

// A document is data of unknown shape.
// oxlint-disable-next-line no-explicit-any
type Node = any

function* nodes(node: Node, at = '#'): Generator<[at: string, node: Node]> {
  if (typeof node !== 'object' || node === null) return
  yield [at, node]
  for (const [key, member] of Object.entries(node)) yield* nodes(member, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
}
/** Everything below a node with references followed; places are told from the last reference on. */
function* reachable(node: Node, doc: Node, at = '', seen = new Set<Node>()): Generator<[at: string, node: Node]> {
  if (typeof node !== 'object' || node === null || node.readOnly || seen.has(node)) return
  seen.add(node)
  yield [at, node]
  if (typeof node.$ref === 'string')
    yield* reachable(
      node.$ref
        .slice(2)
        .split('/')
        .reduce((n: Node, key: string) => n[key], doc),
      doc,
      node.$ref,
      seen,
    )
  for (const [key, member] of Object.entries(node)) yield* reachable(member, doc, `${at}/${key}`, seen)
}
/** What throws, with its place and its words. */
function failing<T>(items: Iterable<T>, attempt: (item: T) => [at: string, run: () => unknown]): string[] {
  return [...items].flatMap((item) => {
    const [at, run] = attempt(item)
    try {
      run()
      return []
    } catch (error) {
      return [`${at}: ${String(error)}`]
    }
  })
}
const byText = (a: string, b: string) => a.localeCompare(b)
const isSchema = (node: Node) =>
  typeof node.type === 'string' || Array.isArray(node.type) || Array.isArray(node.anyOf) || Array.isArray(node.oneOf) || Array.isArray(node.allOf)
const encoded = (at: string) =>
  at
    .split('/')
    .map((part) => encodeURIComponent(part))
    .join('/')
    .replace('%23', '#')

describe.each([
  ['instance', instanceValidators, instanceOperations, instanceBytes],
  ['admin', adminValidators, adminOperations, adminBytes],
] as const)('the %s document', (_, validators, operations, bytes) => {
  const { doc } = validators
  const all = [...nodes(doc)]
  // The members of `properties` are schemas; `properties` itself is none, even if it has a property named `type`.
  const schemas = all.filter(([at, node]) => isSchema(node) && !/\/(properties|securitySchemes\/[^/]+|default|const|enum|examples?)$/.test(at))
  const ajv = newAjv(doc, {
    strictSchema: true,
    allowUnionTypes: true,
    keywords: ['components', 'paths', 'info', 'openapi', 'servers', 'security', 'tags'],
  })
  const validatorAt = (at: string) => ajv.compile({ $ref: `doc:/openapi${encoded(at)}` })

  const places = ['path', 'query', 'header'] as const
  const parameters = operations.flatMap(({ id }) =>
    places.flatMap((place) => validators.parametersOf(id, place).map((parameter) => ({ where: `${id} ${parameter.name}`, parameter }))),
  )

  it('compiles every schema', () => {
    expect(schemas.length).toBeGreaterThan(50)
    expect(failing(schemas, ([at]) => [at, () => validatorAt(at)])).toEqual([])
  })
  it('compiles every request as the server does', () => {
    expect(failing(operations, ({ id }) => [id, () => places.map((place) => validators.parameters(id, place))])).toEqual([])
    expect(failing(operations, ({ id, bodyTypes }) => [id, () => bodyTypes.map((type) => validators.body(id, type))])).toEqual([])
  })
  it('has only patterns that a regular expression can be', () => {
    const patterns = schemas.filter(([, node]) => node.pattern !== undefined)
    expect(failing(patterns, ([at, node]) => [at, () => new RegExp(node.pattern, 'u')])).toEqual([])
  })
  it('has only defaults and examples that its own schemas accept', () => {
    const refused = schemas.flatMap(([at, node]) => {
      const validate = validatorAt(at)
      const values: unknown[] = [...('default' in node ? [node.default] : []), ...(node.examples ?? [])]
      return values.filter((value) => !validate(value)).map((value) => `${at} ${JSON.stringify(value)}: ${ajv.errorsText(validate.errors)}`)
    })
    expect(refused).toEqual([])
  })
  it('limits every integer that can be sent to what is kept exactly', () => {
    const sent = [...operations.map(({ id }) => validators.operation(id).op.requestBody), ...parameters.map(({ parameter }) => parameter)].flatMap(
      (node) => [...reachable(node, doc)],
    )
    const endless = sent.filter(([, node]) => [node.type].flat().includes('integer') && !node.format && node.maximum === undefined)
    expect([...new Set(endless.map(([at]) => at))]).toEqual([])
  })
  it('describes parameters by keywords that are read', () => {
    const read = new Set(['name', 'in', 'required', 'description', 'schema', 'examples', 'deprecated', 'x-vitrine-slashes'])
    expect(
      parameters.filter(({ parameter }) => !parameter.schema || Object.keys(parameter).some((key) => !read.has(key))).map(({ where }) => where),
    ).toEqual([])
    // A default behind a reference would reach neither the handler nor its types.
    expect(
      parameters
        .filter(({ parameter }) => parameter.schema.$ref && validators.dereference(parameter.schema).default !== undefined)
        .map(({ where }) => where),
    ).toEqual([])
  })
  it('declares every path parameter exactly once, as required', () => {
    for (const { id, path } of operations) {
      const names = [...path.matchAll(/\{([^}]+)\}/g)].map((m) => `${m[1]} true`)
      expect({
        id,
        declared: validators
          .parametersOf(id, 'path')
          .map((p) => `${p.name} ${p.required}`)
          .toSorted(byText),
      }).toEqual({ id, declared: names.toSorted(byText) })
    }
  })
  it('refers to what exists, and to everything it has', () => {
    const used = new Set(all.flatMap(([, node]) => (typeof node.$ref === 'string' ? [node.$ref as string] : [])))
    expect(failing([...used], (ref) => [ref, () => validators.dereference({ $ref: ref }).description])).toEqual([])
    const parts = Object.entries<Node>(doc.components ?? {}).filter(([kind]) => kind !== 'securitySchemes')
    const unused = parts.flatMap(([kind, named]) => Object.keys(named).map((name) => `#/components/${kind}/${name}`)).filter((ref) => !used.has(ref))
    expect(unused).toEqual([])
  })
  it('describes everything, and no two operations alike', () => {
    expect(all.filter(([, node]) => typeof node.description === 'string' && node.description.trim() === '').map(([at]) => at)).toEqual([])
    for (const key of ['summary', 'description']) {
      const texts = operations.map(({ id }) => String(validators.operation(id).op[key] ?? '').trim())
      expect(texts.filter((text, i) => text === '' || texts.indexOf(text) !== i)).toEqual([])
    }
  })
  it('declares the status of every code that an operation may answer', () => {
    const undeclared = operations.flatMap(({ id, errors, statuses }) =>
      errors.filter((code) => !statuses.includes(String(errorRegister[code as ErrorCode].status))).map((code) => `${id} ${code}`),
    )
    expect(undeclared).toEqual([])
  })
  it('is served in the bytes it was read from', () => expect(JSON.stringify(doc)).toBe(new TextDecoder().decode(bytes)))
})

describe('the register of errors', () => {
  const entries = Object.entries(errorRegister)
  it('has a sentence, a status and an origin for every code', () => {
    const broken = entries.filter(
      ([, { status, text, package: origin }]) => !(status >= 400 && status < 600 && /^[A-Z{].*[.}]$/s.test(text) && origin),
    )
    expect(broken.map(([code]) => code)).toEqual([])
  })
  it('says no two codes with the same sentence', () => {
    const texts = entries.map(([, e]) => e.text)
    expect(texts.filter((text, i) => texts.indexOf(text) !== i)).toEqual([])
  })
})
