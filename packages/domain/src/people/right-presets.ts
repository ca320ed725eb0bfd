/** The catalogue of rights, and named sets of rights for records and collections. */
import type { Schemas } from '@vitrine/contract/instance'
import { UNDECIDED, type AclDecision } from '../collections/collection.ts'
import { groundCheck, keepGround, type GroundPorts } from '../collections/shared-ground.ts'
import { fail } from '../errors.ts'
import { deletedEvents, savedEvents } from '../events/changed.ts'
import type { Trail } from '../events/new-event.ts'
import type { Counters } from '../ports/counters.ts'
import type { Caller } from './caller.ts'
import { checkRights } from './check-rights.ts'
import { CAPABILITIES, CATALOGUE, type RightContext } from './rights-catalogue.ts'
import type { Settle } from './user-store.ts'
import { checkVersion, nextOf } from './versions.ts'

export type PresetContext = 'object' | 'collection'
export type PresetDocument = Schemas['RightPreset']

export interface StoredPreset {
  readonly id: number
  readonly version: number
  readonly data: Readonly<Record<string, unknown>>
}

export interface RightPresetStore {
  /** In the order of their positions. */
  list(context: PresetContext): Promise<StoredPreset[]>
  find(context: PresetContext, ids: readonly number[]): Promise<StoredPreset[]>
  /** All or none; fails with VersionMismatch when a preset has been saved meanwhile. */
  save(context: PresetContext, presets: readonly StoredPreset[], trail: Trail, settle: Settle): Promise<void>
  /** Removing what is not there is no failure. */
  remove(context: PresetContext, id: number, trail: Trail, settle: Settle): Promise<void>
  /** Ids of presets that entries of access lists follow. */
  inUse(ids: readonly number[]): Promise<number[]>
}

const PRESET_CONTEXTS: readonly RightContext[] = ['object', 'collection']

export class Rights {
  readonly #store: RightPresetStore
  readonly #counters: Counters
  readonly #ground: GroundPorts

  constructor(store: RightPresetStore, counters: Counters, ground: GroundPorts) {
    this.#store = store
    this.#counters = counters
    this.#ground = ground
  }

  async catalogue(): Promise<Schemas['RightsCatalog']> {
    const entries = await Promise.all(
      (Object.keys(CATALOGUE) as RightContext[]).map(async (context) => [
        context,
        {
          capabilities: Object.fromEntries(CAPABILITIES[context].map((name) => [name, {}])),
          rights: CATALOGUE[context],
          ...(PRESET_CONTEXTS.includes(context) ? { presets: await this.list(context as PresetContext) } : {}),
        },
      ]),
    )
    return Object.fromEntries(entries) as Schemas['RightsCatalog']
  }

  async list(context: PresetContext): Promise<PresetDocument[]> {
    return (await this.#store.list(context)).map(documentOf)
  }

  /** Empty when there is no such preset. */
  async read(context: PresetContext, id: number): Promise<PresetDocument[]> {
    return (await this.#store.find(context, [id])).map(documentOf)
  }

  async save(
    actor: Caller,
    context: PresetContext,
    documents: readonly PresetDocument[],
    decision: AclDecision = UNDECIDED,
  ): Promise<PresetDocument[]> {
    const found = await this.#store.find(
      context,
      documents.flatMap(({ right_preset }) => right_preset._id ?? []),
    )
    const fresh = await this.#counters.draw('right_preset', documents.filter(({ right_preset }) => isNew(right_preset._id)).length)
    const now = new Date().toISOString()
    const presets = documents.map(({ right_preset: { _id, _version, ...fields } }): StoredPreset => {
      checkRights(context, fields.preset.rights ?? {})
      const before = isNew(_id)
        ? undefined
        : (found.find((preset) => preset.id === _id) ?? fail('ServerGeneric', { msg: `there is no preset ${_id}` }))
      const id = before?.id ?? nextOf(fresh)
      checkVersion(`right_preset:${id}`, before?.version ?? 0, _version)
      return {
        id,
        version: (before?.version ?? 0) + 1,
        data: { ...before?.data, ...fields, createdAt: before?.data['createdAt'] ?? now, updatedAt: now },
      }
    })
    const check = await groundCheck(this.#ground, actor, decision)
    // No entry follows a preset that is new.
    const settle: Settle = async (ground) => (found.length > 0 ? keepGround(ground, check) : undefined)
    await this.#store.save(context, presets, { events: savedEvents('RIGHT_PRESET', presets), actor }, settle)
    return presets.map(documentOf)
  }

  /** False when entries of access lists follow the preset and the caller has not confirmed. */
  async remove(actor: Caller, context: PresetContext, id: number, confirmed: boolean): Promise<boolean> {
    if (!confirmed && (await this.#store.inUse([id])).length) return false
    const check = await groundCheck(this.#ground, actor, null)
    await this.#store.remove(context, id, { events: deletedEvents('RIGHT_PRESET', [{ id }]), actor }, (ground) => keepGround(ground, check))
    return true
  }
}

const isNew = (id: number | null | undefined) => id === undefined || id === null

function documentOf({ id, version, data: { createdAt, updatedAt, ...fields } }: StoredPreset): PresetDocument {
  return {
    _basetype: 'right_preset',
    right_preset: { ...fields, _id: id, _version: version },
    _created_at: createdAt,
    _updated_at: updatedAt,
  } as PresetDocument
}
