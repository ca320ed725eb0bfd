/** One row per operation of a document: what the server, the SDK and the tests need to know besides types. */
export interface OperationEntry {
  readonly id: string
  readonly method: string
  readonly path: string
  /** The parameter at the end of the path that may hold slashes, or be empty. */
  readonly rest?: string
  readonly tag: string
  /** `public`, `login`, or a system right such as `system.datamodel[level=commit]`. */
  readonly right: string
  /** Codes this operation may answer besides the universal ones. */
  readonly errors: readonly string[]
  /** Declared statuses as written in the document, `default` included. */
  readonly statuses: readonly string[]
  readonly bodyTypes: readonly string[]
  readonly bodyRequired: boolean
  /** Names of the declared query parameters. */
  readonly query: readonly string[]
}

/** Codes that every operation may answer through its `default` response. */
export const UNIVERSAL_ERRORS: ReadonlySet<string> = new Set([
  'ServerGeneric',
  'UnknownEndpointMethod',
  'RequestTooLarge',
  'RequestTimeout',
  'UnsupportedMediaType',
  'TooManyRequests',
  'ServiceUnavailable',
  'UnknownInstance',
])
