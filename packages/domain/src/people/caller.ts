/** Who is asking, resolved once per request from the token. */

export type SystemRights = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export interface Caller {
  readonly userId: number
  readonly login: string | null
  readonly type: string
  readonly displayname: string
  readonly groupIds: readonly number[]
  /** Union of the user's own system rights and those of all groups. */
  readonly systemRights: SystemRights
  /** True with `system.root`, which satisfies every check. */
  readonly root: boolean
  /** Preferred language of messages, as a language tag. */
  readonly language: string
  /** Newest committed datamodel version when the request came in: it costs nothing to learn it with the token. */
  readonly datamodelVersion: number
  /** Grows with every change of pools, tags, workflow rules, presets and the like; what is compiled from them holds for one. */
  readonly configRevision: number
  readonly clientId: string
  readonly signedInAt: Date
  /** Network address the request came from, for the event log. */
  readonly remoteAddr?: string | undefined
}

/** `system.datamodel[level=development]` → does the caller hold it? Levels of `system.datamodel` include each other upwards. */
export function holds(rights: SystemRights, required: string): boolean {
  if (rights['system.root']) return true
  const [, name, parameter] = /^([^[]+)(?:\[([^\]]+)\])?$/.exec(required) ?? []
  const held = name === undefined ? undefined : rights[name]
  if (!held) return false
  if (parameter === undefined) return true
  const [key, value] = parameter.split('=') as [string, string | undefined]
  if (value === undefined) return held[key] === true
  if (name === 'system.datamodel' && key === 'level') return levelIncludes(held[key], value)
  return held[key] === value
}

/** From the least to the most; each includes those before it. */
export const DATAMODEL_LEVELS: readonly string[] = ['current', 'development', 'commit']
const levelIncludes = (held: unknown, required: string) =>
  DATAMODEL_LEVELS.indexOf(String(held)) >= DATAMODEL_LEVELS.indexOf(required) && DATAMODEL_LEVELS.includes(required)
