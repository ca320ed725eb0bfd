/** Fetching for one instance: places that are open to it alone go with every request, so that no caller can forget them. */
import type { Instance } from '../instances/instance.ts'
import type { HttpFetch } from '../ports/http-fetch.ts'
import { hostOf } from './fetch-target.ts'

/**
 * Places that are open to an instance: those its operator named, and the address under which people reach it, because what
 * the server says about its own files leads there.
 */
export function openPlacesOf({ attributes }: Pick<Instance, 'attributes'>, externalUrl: string | null): readonly string[] {
  const named = attributes.openHosts ?? []
  if (externalUrl === null) return named
  const { hostname, port, protocol } = new URL(externalUrl)
  return hostOf(hostname) === undefined ? named : [...named, `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`]
}

export function fetchFor(http: HttpFetch, places: readonly string[]): HttpFetch {
  const opened = <R extends { readonly open?: readonly string[] }>(request: R): R => ({ ...request, open: [...places, ...(request.open ?? [])] })
  return {
    fetch: (request) => http.fetch(opened(request)),
    check: (url, open = []) => http.check(url, [...places, ...open]),
    checkPlace: (place) => http.checkPlace(opened(place)),
  }
}
