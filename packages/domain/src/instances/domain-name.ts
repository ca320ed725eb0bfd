/**
 * Names of instances. One spelling is stored and compared: trimmed, lower case, Unicode instead of punycode. A port is part
 * of a name, so one host may serve several instances on several ports.
 */
import { domainToUnicode } from 'node:url'
import { failInstance } from './failure.ts'

/** Words the administration API uses in the place where a domain stands. */
const RESERVED = new Set(['count', 'contexts', 'assets', 'token', 'oauth_client', 'feature', 'redis', 'with-app-version', 'fixers', 'checks'])
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is refused here.
const REFUSED = /[\s/,;&?#@|='"\u0000-\u001f\u007f]/
const LONGEST = 253

/** The stored spelling of a name somebody sent, or undefined when it cannot be one. */
export function normalDomain(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.startsWith('.') || trimmed.length > LONGEST || REFUSED.test(trimmed)) return undefined
  const [host, port] = splitPort(trimmed)
  const labels = host.normalize('NFC').toLowerCase().split('.').map(unicodeLabel)
  if (host === '' || labels.includes(undefined)) return undefined
  return port === undefined ? labels.join('.') : `${labels.join('.')}:${port}`
}

/** The stored spelling of a name for a new instance; refuses what cannot be addressed later. */
export function newDomain(text: string, parameter = 'domain'): string {
  const domain = normalDomain(text)
  if (domain === undefined || RESERVED.has(domain)) return failInstance('illegalDomain', parameter)
  return domain
}

/** The spellings under which an instance may claim a `Host` header, the most exact first. */
export function hostCandidates(host: string): string[] {
  const domain = normalDomain(host.replace(/\.(?=:\d+$|$)/, ''))
  if (domain === undefined) return []
  const [name, port] = splitPort(domain)
  return port === undefined ? [domain] : [domain, name]
}

function splitPort(text: string): [host: string, port?: string] {
  const found = /^(.*):(\d{1,5})$/.exec(text)
  return found ? [found[1] as string, found[2] as string] : [text]
}

function unicodeLabel(label: string): string | undefined {
  if (!label.startsWith('xn--')) return label
  const decoded = domainToUnicode(label)
  return decoded === '' || REFUSED.test(decoded) ? undefined : decoded
}
