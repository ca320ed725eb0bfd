/** Judges granted rights by the catalogue, wherever they are written. */
import type { Schemas } from '@vitrine/contract/instance'
import { isReadable } from '../access/moments.ts'
import { fail } from '../errors.ts'
import { DATAMODEL_LEVELS, holds, type SystemRights } from './caller.ts'
import { CATALOGUE, OPEN_RIGHT, rightDisplayname, type RightContext, type RightDefinition, type RightParameter } from './rights-catalogue.ts'

type Grant = Schemas['Grant']
type Granted = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Fails with UnknownRight, UnknownRightParam or UnknownRightValue at the first thing the catalogue does not know. */
export function checkRights(context: RightContext, rights: Granted): void {
  for (const [name, parameters] of Object.entries(rights)) {
    const definition = CATALOGUE[context].find((d) => d.name === name) ?? fail('UnknownRight', { context, right: name })
    for (const [key, value] of Object.entries(parameters)) if (value !== undefined) checkParameter(context, definition, key, value)
  }
}

/** Checks the rights of every entry of an access list, and its time span: an entry that nobody can read would give nothing for ever. */
export function checkGrants(context: RightContext, grants: readonly Pick<Grant, 'rights' | 'when'>[]): void {
  for (const { rights, when } of grants) {
    checkRights(context, rights)
    for (const end of ['from', 'to'] as const)
      if (!isReadable(when?.[end])) fail('ServerGeneric', { msg: `${JSON.stringify(when?.[end])} in "when" of an access list is no day and no time` })
  }
}

function checkParameter(context: RightContext, definition: RightDefinition, name: string, value: unknown): void {
  const rightdisplayname = rightDisplayname(definition.name)
  const wrong = () => fail('UnknownRightValue', { right: definition.name, rightdisplayname, value: JSON.stringify(value) })
  if (name === '_grantable' && definition.has_grantable) return void (typeof value === 'boolean' || wrong())
  if (definition.name === OPEN_RIGHT) return void (typeof value === 'boolean' || wrong())
  const known =
    definition.parameters.find((p) => p.name === name) ??
    fail('UnknownRightParam', { context, param: name, right: definition.name, rightdisplayname })
  if (!FITS[known.type](value, known)) wrong()
}

const isId = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0
const SIZE = /^\d+(\.\d+)?\s*([kmgt]i?)?b?$/i

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
const FITS: Readonly<Record<RightParameter['type'], (value: unknown, parameter: RightParameter) => boolean>> = {
  bool: (value) => typeof value === 'boolean',
  choice: (value, { choices }) => typeof value === 'string' && (choices ?? []).includes(value),
  string_list: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  int64_list: (value) => Array.isArray(value) && value.every(isId),
  int64_list_map: (value) =>
    isMap(value) && Object.values(value).every((list) => Array.isArray(list) && list.every((item) => isId(item) || item === 'standard')),
  size: (value) => (typeof value === 'number' ? value >= 0 : typeof value === 'string' && SIZE.test(value)),
}

/**
 * The system rights among `granted` that `own` does not cover: nobody gives away, or takes away, more than they have.
 * A level is covered by the same or a higher one, a switch that is on by one that is on.
 */
export function beyond(own: SystemRights, granted: SystemRights): string[] {
  if (own['system.root']) return []
  return Object.entries(granted)
    .filter(
      ([name, parameters]) => !own[name] || Object.entries(parameters).some(([key, value]) => value !== false && !covers(own, name, key, value)),
    )
    .map(([name]) => name)
}

function covers(own: SystemRights, name: string, key: string, value: unknown): boolean {
  if (value === true) return holds(own, `${name}[${key}]`)
  const held = own[name]?.[key]
  if (key === 'level') return DATAMODEL_LEVELS.indexOf(String(held)) >= DATAMODEL_LEVELS.indexOf(String(value))
  return JSON.stringify(held) === JSON.stringify(value)
}

/** The rights in which two maps differ, with the value of each side where it has one. */
export function changedRights(before: SystemRights, after: SystemRights): { readonly taken: SystemRights; readonly given: SystemRights } {
  const differing = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  )
  const pick = (map: SystemRights) => Object.fromEntries(differing.flatMap((name) => (map[name] ? [[name, map[name]]] : [])))
  return { taken: pick(before), given: pick(after) }
}
