/**
 * The places nobody fetches from. An entry is a range of addresses (`10.0.0.0/8`, never with a port), an address or a name,
 * the latter two with a port or for all ports (`[::1]:8083`, `example.com:8080`); `*.example.com` stands for exactly one label
 * in front. A list of the operator replaces the built-in ranges, and nothing else.
 */
import { isIn, parseAddress, parseRange, rangeOf, readingsOf, type Address, type Range } from './addresses.ts'
import { hostOf } from './fetch-target.ts'

export interface BlockedHosts {
  readonly ranges: readonly { readonly range: Range; readonly port: number | null }[]
  readonly names: readonly { readonly name: string; readonly anyLabel: boolean; readonly port: number | null }[]
}

/** Not public, or not an address of one machine. */
export const BUILT_IN: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Of IPv6 only 2000::/3 is in use as public addresses, and not all of that. Forms that carry an address of IPv4 go with it.
  '::/3',
  '4000::/2',
  '8000::/1',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
]
/** Fails with a sentence about the first entry that is none. */
export function parseBlockedHosts(entries: readonly string[]): BlockedHosts {
  const ranges: { range: Range; port: number | null }[] = []
  const names: { name: string; anyLabel: boolean; port: number | null }[] = []
  for (const entry of entries) {
    if (entry.includes('/')) {
      ranges.push({ range: parseRange(entry) ?? refuse(entry), port: null })
      continue
    }
    const { host, port } = placeOf(entry)
    const anyLabel = host.startsWith('*.')
    const name = spelledOut(anyLabel ? host.slice(2) : host) ?? refuse(entry)
    const address = parseAddress(name)
    if (!address) names.push({ name, anyLabel, port })
    else if (anyLabel) refuse(entry)
    else ranges.push({ range: mappedRange(address), port })
  }
  return { ranges, names }
}

/** `host`, `host:port`, a bare IPv6 address, or one in brackets with or without a port. */
export function placeOf(entry: string): { host: string; port: number | null } {
  if (parseAddress(entry)) return { host: entry, port: null }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(entry) ?? []
  const host = bracketed ?? plain ?? refuse(entry)
  const port = digits === undefined ? null : Number(digits)
  if (port === 0 || (port !== null && port > 65_535) || (bracketed !== undefined && !parseAddress(bracketed))) refuse(entry)
  return { host, port }
}

export function blocksName({ names }: BlockedHosts, host: string, port: number): boolean {
  const behindFirstLabel = host.includes('.') ? host.slice(host.indexOf('.') + 1) : ''
  return names.some((entry) => (entry.anyLabel ? behindFirstLabel : host) === entry.name && (entry.port ?? port) === port)
}

export function blocksAddress({ ranges }: BlockedHosts, address: Address, port: number): boolean {
  return readingsOf(address).some((reading) => ranges.some((entry) => (entry.port ?? port) === port && isIn(reading, entry.range)))
}

/** Places that are open although an entry closes them. Only whole ones can be: a host with its port. */
export function parseOpenHosts(entries: readonly string[]): ReadonlySet<string> {
  return new Set(
    entries.map((entry) => {
      const { host, port } = placeOf(entry)
      const name = spelledOut(host)
      if (name === undefined || port === null) throw new Error(`cannot be read: ${JSON.stringify(entry)} has to be a host with its port`)
      return `${name}:${port}`
    }),
  )
}

/** Those of the operator where there are any, otherwise what is built in. An empty list of the operator closes nothing. */
export const blockedHostsOf = (entries: readonly string[] | null): BlockedHosts => (entries === null ? builtIn : parseBlockedHosts(entries))

/**
 * The host of an entry. A number in another notation is none: 010.0.0.1 is not what it looks like, and whoever wrote it would
 * close or open something else than they meant.
 */
function spelledOut(text: string): string | undefined {
  const host = hostOf(text)
  return host !== undefined && parseAddress(host) && !parseAddress(text) ? undefined : host
}

const mappedRange = (address: Address): Range => {
  const range = rangeOf(address)
  const inner = readingsOf(address).find((reading) => reading.family === 4)
  return range.family === 6 && inner && range.first >> 32n === 0xffffn ? rangeOf(inner) : range
}

const refuse = (entry: string): never => {
  throw new Error(`cannot be read: ${JSON.stringify(entry)} is neither a range, nor an address, nor a name`)
}

const builtIn = parseBlockedHosts(BUILT_IN)
