/** How a client names itself: HTTP Basic, or fields of the form; never both. */
import { OAuthFailure } from './failure.ts'

export interface ClientCredentials {
  readonly id: string | undefined
  readonly secret: string | undefined
  /** A client that used HTTP Basic is answered with 401 when it is refused. */
  readonly basic: boolean
}

const BASIC = /^Basic +([A-Za-z0-9+/]+=*) *$/i

export function clientCredentials(
  authorization: string | undefined,
  form: { client_id?: string | undefined; client_secret?: string | undefined },
): ClientCredentials {
  const encoded = authorization === undefined ? undefined : BASIC.exec(authorization)?.[1]
  if (encoded === undefined) return { id: form.client_id, secret: form.client_secret, basic: false }
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  const id = decoded(colon < 0 ? text : text.slice(0, colon))
  const secret = colon < 0 ? undefined : decoded(text.slice(colon + 1))
  if (form.client_secret !== undefined || (form.client_id !== undefined && form.client_id !== id))
    throw new OAuthFailure('invalid_request', 'the client names itself in two ways')
  return { id, secret, basic: true }
}

/** RFC 6749 sends both parts form-encoded. What does not decode is taken as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    return part
  }
}
