/** Places that an operator opens to one instance, although they are closed to all others. */
import { parseOpenHosts } from '../fetch/blocked-hosts.ts'
import { failInstance } from './failure.ts'

/** The same list without blanks and repetitions, once all of it can be read. */
export function checkedOpenHosts(places: readonly string[]): string[] {
  const spelled = new Map<string, string>()
  for (const place of places.map((text) => text.trim())) {
    for (const key of read(place)) if (!spelled.has(key)) spelled.set(key, place)
  }
  return [...spelled.values()]
}

function read(place: string): Iterable<string> {
  try {
    return parseOpenHosts([place])
  } catch (error) {
    return failInstance('invalidParameter', 'open_hosts', `The list ${error instanceof Error ? error.message : String(error)}`)
  }
}
