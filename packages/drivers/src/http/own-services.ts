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

const EVERYWHERE = new Set(['', '0.0.0.0', '::'])
const isLoopback = ({ family, value }: Address) => (family === 4 ? value >> 24n === 127n : value === 1n)

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
    if (hostOf(service.host) === at.host) return true
    const everywhere = EVERYWHERE.has(service.host)
    if (everywhere && readings.some(isLoopback)) return true
    const texts = everywhere ? localAddresses() : parseAddress(service.host) ? [service.host] : await resolve(service.host).catch(() => [])
    const own = texts.flatMap((text) => parseAddress(text) ?? [])
    if (readings.some((reading) => own.some((address) => sameAddress(address, reading)))) return true
  }
  return false
}
