/** Events about things that are managed: pools, tags, people and the like. Only what it was and which version it has since. */
import type { EventType } from './event-types.ts'
import type { NewEvent } from './new-event.ts'

type Noun = 'USER' | 'GROUP' | 'POOL' | 'TAG' | 'TRANSITION' | 'RIGHT_PRESET'

interface Thing {
  readonly id: number
  readonly version?: number
}

const told = (noun: Noun, what: 'INSERT' | 'UPDATE' | 'DELETE', { id, version }: Thing): NewEvent => ({
  type: `${noun}_${what}` satisfies EventType,
  basetype: noun.toLowerCase(),
  objectId: id,
  ...(version !== undefined && { objectVersion: version }),
})

/** A first version is a new thing. */
export const savedEvents = (noun: Noun, things: readonly Required<Thing>[]): NewEvent[] =>
  things.map((thing) => told(noun, thing.version === 1 ? 'INSERT' : 'UPDATE', thing))

export const deletedEvents = (noun: Noun, things: readonly Thing[]): NewEvent[] => things.map(({ id }) => told(noun, 'DELETE', { id }))

/** For a list that is replaced as a whole: what came, what has changed and what is gone. */
export function replacedEvents<T extends Thing>(noun: Noun, before: readonly T[], after: readonly T[], same: (a: T, b: T) => boolean): NewEvent[] {
  const stored = new Map(before.map((thing) => [thing.id, thing]))
  const kept = new Set(after.map(({ id }) => id))
  const changed = after.flatMap((thing) => {
    const was = stored.get(thing.id)
    if (!was) return [told(noun, 'INSERT', thing)]
    return same(was, thing) ? [] : [told(noun, 'UPDATE', thing)]
  })
  return [
    ...changed,
    ...deletedEvents(
      noun,
      before.filter(({ id }) => !kept.has(id)),
    ),
  ]
}
