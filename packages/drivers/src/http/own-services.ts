/**
 * The server's own services: closed on their exact host and port, also where the operator has opened everything else. One
 * that listens on every address of the machine is closed on every one of them.
 */
import { networkInterfaces } from 'node:os'
import { parseAddress, readingsOf, sameAddress, type Address } from '@vitrine/domain/fetch/addresses'
import { hostOf } from '@vitrine/domain/fetch/fetch-target'

export interface OwnService {
  readonly host: string
  readonly port: number
}

export type Resolve = (host: string) => Promise<readonly string[]>

const isLoopback = ({ family, value }: Address) => (family === 4 ? value >> 24n === 127n : value === 1n)
/** Its IPv4 form may be wrapped. */
const isUnspecified = (address: Address) => readingsOf(address).some(({ value }) => value === 0n)

export const localAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((entries) => entries?.map(({ address }) => address.split('%')[0] ?? '') ?? [])

/** Whether an address that a connection could go to is that of an own service. */
export async function isOwnService(
  services: readonly OwnService[],
  at: { readonly host: string; readonly addresses: readonly Address[]; readonly port: number },
  resolve: Resolve,
): Promise<boolean> {
  const readings = at.addresses.flatMap(readingsOf)
  for (const service of services) {
    if (service.port !== at.port) continue
    const host = hostOf(service.host) ?? service.host
    if (host === at.host) return true
    const own = await addressesOf(host, resolve)
    if (own === 'all' && readings.some(isLoopback)) return true
    const known = own === 'all' ? readingsOfAll(localAddresses()) : own
    if (readings.some((reading) => known.some((address) => sameAddress(address, reading)))) return true
  }
  return false
}

async function addressesOf(host: string, resolve: Resolve): Promise<readonly Address[] | 'all'> {
  const literal = parseAddress(host)
  if (host === '' || (literal && isUnspecified(literal))) return 'all'
  return readingsOfAll(literal ? [host] : await resolve(host).catch(() => []))
}

const readingsOfAll = (texts: readonly string[]): Address[] => texts.flatMap((text) => parseAddress(text) ?? []).flatMap(readingsOf)
