/** Reading helpers for a bundled OpenAPI document, shared by the steps of the generator. */

export const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const
export type Method = (typeof METHODS)[number]

// The generator walks a document of unknown shape; every access is guarded by what OpenAPI 3.1 guarantees after linting.
// oxlint-disable-next-line no-explicit-any
export type Node = any

export interface Operation {
  readonly id: string
  readonly method: Method
  readonly path: string
  readonly rest: string | undefined
  readonly tag: string
  readonly right: string
  readonly errors: readonly string[]
  readonly parameters: readonly Node[]
  readonly body: Node
  readonly responses: Readonly<Record<string, Node>>
}

export const dereference = (doc: Node, node: Node): Node =>
  node?.$ref
    ? dereference(
        doc,
        node.$ref
          .slice(2)
          .split('/')
          .reduce((at: Node, key: string) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], doc),
      )
    : node

/**
 * The parameter of a path that is marked with `x-vitrine-slashes`. Documents have no notation for it, so clients made from them
 * encode the slashes; the router takes both.
 */
function restOf(path: string, parameters: readonly Node[], where: string): string | undefined {
  const marked = parameters.filter((p) => p['x-vitrine-slashes']).map((p): string => p.name)
  if (marked.some((name) => !path.endsWith(`/{${name}}`))) throw new Error(`${where}: only the last segment of a path may hold slashes`)
  return marked[0]
}

/** Every operation of the document, with its references followed one level; throws on what the pipeline cannot carry. */
export function operationsOf(doc: Node): Operation[] {
  const found: Operation[] = []
  for (const [path, item] of Object.entries<Node>(doc.paths)) {
    for (const method of METHODS) {
      const op = item[method]
      if (!op) continue
      const where = `${method.toUpperCase()} ${path}`
      if (!op.operationId) throw new Error(`${where}: operationId is missing`)
      if (op.tags?.length !== 1) throw new Error(`${where}: exactly one tag is needed`)
      if (!op['x-vitrine-right']) throw new Error(`${where}: x-vitrine-right is missing`)
      const parameters = [...(item.parameters ?? []), ...(op.parameters ?? [])].map((p) => dereference(doc, p))
      const responses = Object.fromEntries(Object.entries<Node>(op.responses).map(([status, r]) => [status, dereference(doc, r)]))
      found.push({
        id: op.operationId,
        method,
        path,
        rest: restOf(path, parameters, where),
        tag: op.tags[0],
        right: op['x-vitrine-right'],
        errors: op['x-vitrine-errors'] ?? [],
        parameters,
        body: dereference(doc, op.requestBody),
        responses,
      })
    }
  }
  const ids = found.map((o) => o.id)
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice) throw new Error(`operationId ${twice} is used twice`)
  return found
}
