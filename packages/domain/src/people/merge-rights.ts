/**
 * Rights only ever add up. Of two grants of the same right the merged one allows everything that either allows: switches
 * are or-ed, levels take the higher one, numbers and sizes the larger one, lists are united, and a list that is missing or
 * empty means no restriction; the same holds for each list of a map, and for a ceiling that is missing.
 */
import { DATAMODEL_LEVELS, type SystemRights } from './caller.ts'

type Parameters = Readonly<Record<string, unknown>>

export function mergeRights(maps: readonly SystemRights[]): SystemRights {
  const merged: Record<string, Parameters> = {}
  for (const map of maps)
    for (const [right, parameters] of Object.entries(map)) {
      const before = merged[right]
      merged[right] = before === undefined ? parameters : mergeParameters(before, parameters)
    }
  return merged
}

function mergeParameters(left: Parameters, right: Parameters): Parameters {
  const merged: Record<string, unknown> = {}
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const value = mergeValue(name, left[name], right[name])
    if (value !== undefined) merged[name] = value
  }
  return merged
}

function mergeValue(name: string, a: unknown, b: unknown): unknown {
  if (Array.isArray(a) || Array.isArray(b)) return mergeLists(a, b)
  if (isMap(a) || isMap(b)) return isMap(a) && isMap(b) ? mergeMaps(a, b) : undefined
  if (name === CEILING) return a === undefined || b === undefined ? undefined : bytesOf(a) >= bytesOf(b) ? a : b
  if (typeof a === 'boolean' || typeof b === 'boolean') return a === true || b === true
  if (name === 'level') return DATAMODEL_LEVELS.indexOf(String(a)) >= DATAMODEL_LEVELS.indexOf(String(b)) ? a : b
  if (typeof a === 'number' && typeof b === 'number') return Math.max(a, b)
  return a ?? b
}

const CEILING = 'limit'
const isMap = (value: unknown): value is Parameters => typeof value === 'object' && value !== null && !Array.isArray(value)

function mergeLists(a: unknown, b: unknown): unknown[] | undefined {
  return unrestricted(a) || unrestricted(b) ? undefined : [...new Set([...(a as unknown[]), ...(b as unknown[])])]
}

/** What only one of them names, the other does not restrict. */
function mergeMaps(a: Parameters, b: Parameters): Parameters | undefined {
  const merged = Object.keys(a).flatMap((key) => {
    const list = mergeLists(a[key], b[key])
    return list ? [[key, list] as const] : []
  })
  return merged.length === 0 ? undefined : Object.fromEntries(merged)
}

const UNITS = 'kmgt'
/** `500MB`, `1.5 GiB` or plain bytes; K, M and so on are powers of 1024 where an `i` says so, else of 1000. */
export function bytesOf(size: unknown): number {
  const [, amount, unit, binary] = /^([\d.]+)\s*([kmgt])?(i)?b?$/i.exec(String(size)) ?? []
  return Number(amount ?? 0) * (unit === undefined ? 1 : (binary ? 1024 : 1000) ** (UNITS.indexOf(unit.toLowerCase()) + 1))
}

const unrestricted = (list: unknown) => !Array.isArray(list) || list.length === 0
