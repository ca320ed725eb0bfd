/**
 * Settings of the object types of the newest committed datamodel. They are saved apart from it and take effect at once, so
 * they are read with each request that needs them; no version of the datamodel holds them.
 */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { AclDecision } from '../collections/collection.ts'
import { groundCheck, recheckHeld, type GroundPorts } from '../collections/shared-ground.ts'
import type { Datamodel, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { NewEvent } from '../events/new-event.ts'
import { holds, type Caller } from '../people/caller.ts'
import { storedGrants, type GrantPorts } from '../people/stored-grants.ts'
import { storedPlace, type PlaceContext } from '../places/place-save.ts'
import { NEWEST, type PlacesAt } from '../places/places-knowing.ts'
import { compiledTags } from '../tags/place-tags.ts'
import { idsFrom, preparedRules } from '../transitions/prepared-rules.ts'
import { objecttypeDocument, unsaved, type ObjecttypeDocument, type ObjecttypeSettings, type ObjecttypeStats } from './objecttype.ts'
import { planObjecttypes } from './objecttype-save.ts'
import type { ObjecttypeStore } from './objecttype-store.ts'

export interface ObjecttypePorts extends GrantPorts, GroundPorts {
  readonly store: ObjecttypeStore
  readonly places: PlacesAt
}

const MANAGER = 'system.objecttypemanager'

export class ObjecttypeService {
  readonly #ports: ObjecttypePorts

  constructor(ports: ObjecttypePorts) {
    this.#ports = ports
  }

  /** With `short`, nobody sees what is for managers of object types only. */
  async list(caller: Caller, options: { short: boolean }): Promise<ObjecttypeDocument[]> {
    const [datamodel, stored] = await Promise.all([this.#current(caller), this.#settings()])
    return this.#documents(datamodel.model.objecttypes, stored, viewOf(caller, options), caller.configRevision)
  }

  async read(caller: Caller, id: number, options: { short: boolean }): Promise<ObjecttypeDocument> {
    const [datamodel, stored] = await Promise.all([this.#current(caller), this.#settings()])
    const [document] = await this.#documents([objecttypeWith(datamodel, id)], stored, viewOf(caller, options), caller.configRevision)
    return document as ObjecttypeDocument
  }

  /** Stores all of the documents or none. The answer changes its cache id with every save. */
  async save(
    caller: Caller,
    sent: readonly ObjecttypeDocument[],
    decision: AclDecision,
  ): Promise<{ objecttypes: ObjecttypeDocument[]; cacheId: string }> {
    const datamodel = await this.#current(caller)
    const grants = await storedGrants(
      'objecttype-without-pool',
      sent.map((document) => document._acl ?? []),
      this.#ports,
    )
    const rules = await preparedRules(
      sent.map((document) => document._transitions ?? []),
      this.#ports,
    )
    const documents = sent.map((document, i) => ({
      ...document,
      ...(document._acl && { _acl: grants[i] ?? [] }),
      ...(document._transitions && { _transitions: [...(rules.lists[i] ?? [])] }),
    }))
    const check = await groundCheck(this.#ports, caller, decision)
    const { stored, saved } = await this.#ports.store.change(async (transaction) => {
      const stored = byTable(await transaction.all())
      const context = { targets: await transaction.targets(), takeId: idsFrom(rules.freshIds) }
      const saved = planObjecttypes(documents, stored, datamodel).map((settings) => placed(settings, stored.get(settings.tableId), context))
      const listOf = (settings: ObjecttypeSettings | undefined) => settings?.data.settings._acl ?? []
      const givesOtherwise = saved.some((settings) => !isDeepStrictEqual(listOf(settings), listOf(stored.get(settings.tableId))))
      const shared = givesOtherwise ? await transaction.sharedCollections() : null
      await transaction.save(saved)
      await transaction.recordEvents(
        saved.map((settings) => updated(settings, datamodel)),
        caller,
      )
      await recheckHeld(shared, check)
      for (const settings of saved) stored.set(settings.tableId, settings)
      return { stored, saved }
    })
    const tables = saved.map(({ tableId }) => objecttypeWith(datamodel, tableId))
    // The settings have changed since the caller learnt of their revision: the newest ones are wanted.
    const objecttypes = await this.#documents(tables, stored, { managed: true }, NEWEST)
    return { objecttypes, cacheId: cacheIdOf([...stored.values()]) }
  }

  async stats(caller: Caller, id: number): Promise<ObjecttypeStats> {
    objecttypeWith(await this.#current(caller), id)
    // No file can be stored yet, so there are none to count: this is the true answer until uploads come.
    const none = () => ({ size: 0, count: 0, by_class: {}, by_extension: {} })
    const buckets = () => ({ latest: none(), history: none(), deleted: none() })
    return { files: { count: 0, size: 0, originals: buckets(), versions: buckets() } }
  }

  async #documents(
    tables: readonly Table[],
    stored: ReadonlyMap<number, ObjecttypeSettings>,
    view: { readonly managed: boolean },
    revision: number,
  ): Promise<ObjecttypeDocument[]> {
    const places = await this.#ports.places.at(revision)
    return tables.map((table) => ({
      ...objecttypeDocument(table, stored.get(table.id) ?? unsaved(table.id), view),
      _compiled_tags: compiledTags(places.ofTable(table).tags),
    }))
  }

  #current(caller: Caller): Promise<Datamodel> {
    return this.#ports.datamodels.committed(caller.datamodelVersion)
  }

  async #settings(): Promise<Map<number, ObjecttypeSettings>> {
    return byTable(await this.#ports.store.all())
  }
}

const byTable = (all: readonly ObjecttypeSettings[]) => new Map(all.map((settings) => [settings.tableId, settings]))

const viewOf = (caller: Caller, { short }: { readonly short: boolean }) => ({ managed: !short && holds(caller.systemRights, MANAGER) })

function placed(after: ObjecttypeSettings, before: ObjecttypeSettings | undefined, context: PlaceContext): ObjecttypeSettings {
  const settings = storedPlace(after.data.settings, before?.data.settings, context)
  return { ...after, data: { ...after.data, settings } }
}

const updated = ({ tableId, version }: ObjecttypeSettings, datamodel: Datamodel): NewEvent => ({
  type: 'OBJECTTYPE_UPDATE',
  basetype: 'objecttype',
  objecttype: objecttypeWith(datamodel, tableId).name,
  objectId: tableId,
  objectVersion: version,
  schemaVersion: datamodel.version,
})

function objecttypeWith(datamodel: Datamodel, id: number): Table {
  const table = datamodel.model.tables.get(id)
  return table && !table.owner ? table : fail('ServerGeneric', { msg: `there is no object type with the id ${id}` })
}

const cacheIdOf = (all: readonly ObjecttypeSettings[]): string =>
  createHash('sha256')
    .update(
      all
        .map(({ tableId, version }) => `${tableId}:${version}`)
        .toSorted()
        .join(),
    )
    .digest('hex')
    .slice(0, 16)
