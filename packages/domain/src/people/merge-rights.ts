/**
 * Rights only ever add up. Of two grants of the same right the merged one allows everything that either allows: switches
 * are or-ed, levels take the higher one, numbers the larger one, lists are united, and a list that is missing or empty
 * means no restriction.
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
  if (Array.isArray(a) || Array.isArray(b))
    return unrestricted(a) || unrestricted(b) ? undefined : [...new Set([...(a as unknown[]), ...(b as unknown[])])]
  if (typeof a === 'boolean' || typeof b === 'boolean') return a === true || b === true
  if (name === 'level') return DATAMODEL_LEVELS.indexOf(String(a)) >= DATAMODEL_LEVELS.indexOf(String(b)) ? a : b
  if (typeof a === 'number' && typeof b === 'number') return Math.max(a, b)
  return a ?? b
}

const unrestricted = (list: unknown) => !Array.isArray(list) || list.length === 0
