/**
 * What a URL points at, in one spelling. The platform's parser turns odd numbers, digits of other scripts and escapes into
 * plain addresses and names; whatever still looks like it means something else to another parser is refused, not repaired.
 */
import { FetchFailure } from '../ports/http-fetch.ts'
import { parseAddress, type Address } from './addresses.ts'

/** Where a connection is wanted to. */
export interface FetchPlace {
  readonly secure: boolean
  /** Name in ASCII without a dot at its end, or an address without brackets. */
  readonly host: string
  /** Null when the host is a name. */
  readonly address: Address | null
  readonly port: number
}

export interface FetchTarget extends FetchPlace {
  readonly url: URL
}

const LONGEST_URL = 8192
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/

export function targetOf(text: string): FetchTarget {
  if (text.length > LONGEST_URL) return refuse('the address is too long')
  // The parser would drop some of these and read others as something else.
  if (/[\s\\\p{Cc}]/u.test(text)) return refuse('the address holds a character that no address has')
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return refuse('this is no address that begins with http:// or https://')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?#]*@/.test(text)) return refuse('the address names a user')
  const secure = url.protocol === 'https:'
  return { url, ...placeAt(url.hostname, url.port === '' ? (secure ? 443 : 80) : Number(url.port), secure) }
}

/** The same for those who have a host and a port, and no address made of them. */
export function placeAt(text: string, port: number, secure: boolean): FetchPlace {
  const host = hostOf(text)
  if (host === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) return refuse('the address names no host that can be reached')
  return { secure, host, address: parseAddress(host) ?? null, port }
}

/** A host in the spelling that everything is compared in; undefined when it is none. */
export function hostOf(text: string): string | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  if (bare.includes(':')) return parseAddress(bare) ? new URL(`http://[${bare}]/`).hostname.slice(1, -1) : undefined
  if (bare === '' || /[\s/\\?#@%]/.test(bare) || !URL.canParse(`http://${bare}/`)) return undefined
  const name = new URL(`http://${bare}/`).hostname.replace(/\.$/, '')
  if (parseAddress(name)) return name
  return name.length <= 253 && name.split('.').every((label) => LABEL.test(label)) ? name : undefined
}

const refuse = (message: string): never => {
  throw new FetchFailure('refused', message)
}
