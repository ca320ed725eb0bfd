/** What a save does besides storing the records that were sent: told by a dry run, so that nobody is surprised by the save. */
import type { Table } from '../datamodel/model.ts'
import type { Change, Removal } from './save-context.ts'
import { indexOf } from './where.ts'

export type EffectKind = 'record_created' | 'record_updated' | 'record_deleted' | 'link_set' | 'link_cleared' | 'pool_changed'

export interface Effect {
  readonly where: string
  readonly effect: EffectKind
  readonly table: Table
  /** Null for a record that would be made. */
  readonly record: { readonly systemId: number; readonly objectId: number } | null
  readonly column?: string
}

/** As a record of the answer shows it. */
export interface SideEffect {
  readonly effect: EffectKind
  readonly objecttype: string
  readonly _id?: number
  readonly _system_object_id?: number
  readonly column?: string
}

export function effectsOf(changes: readonly Change[], removals: readonly Removal[]): Effect[] {
  const inside = changes.flatMap(({ origin, where, table, stored, unchanged }): Effect[] => {
    if (unchanged || origin === 'request' || origin === 'mirror') return []
    if (origin === 'pool') return [{ where, effect: 'pool_changed', table, record: stored ?? null }]
    return [{ where, effect: stored ? 'record_updated' : 'record_created', table, record: stored ?? null }]
  })
  return [...inside, ...removals.map(({ where, table, stored }): Effect => ({ where, effect: 'record_deleted', table, record: stored }))]
}

/** By the place of the record in the request that brings them about. */
export function sideEffects(effects: readonly Effect[]): ReadonlyMap<number, readonly SideEffect[]> {
  const byIndex = new Map<number, SideEffect[]>()
  for (const { where, effect, table, record, column } of effects) {
    const exists = record !== null && record.systemId > 0
    const shown: SideEffect = {
      effect,
      objecttype: table.name,
      ...(exists && { _id: record.objectId, _system_object_id: record.systemId }),
      ...(column !== undefined && { column }),
    }
    const index = indexOf(where)
    byIndex.set(index, [...(byIndex.get(index) ?? []), shown])
  }
  return byIndex
}
