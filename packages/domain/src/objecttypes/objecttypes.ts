/**
 * Settings of the object types of the newest committed datamodel. They are saved apart from it and take effect at once, so
 * they are read with each request that needs them; no version of the datamodel holds them.
 */
import { createHash } from 'node:crypto'
import type { Datamodels } from '../datamodel/datamodels.ts'
import type { Datamodel, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { holds, type Caller } from '../people/caller.ts'
import { storedGrants, type GrantPorts } from '../people/stored-grants.ts'
import { objecttypeDocument, unsaved, type ObjecttypeDocument, type ObjecttypeSettings, type ObjecttypeStats } from './objecttype.ts'
import { planObjecttypes } from './objecttype-save.ts'
import type { ObjecttypeStore } from './objecttype-store.ts'

export interface ObjecttypePorts extends GrantPorts {
  readonly store: ObjecttypeStore
  readonly datamodels: Datamodels
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
    const view = { managed: !options.short && holds(caller.systemRights, MANAGER) }
    return datamodel.model.objecttypes.map((table) => objecttypeDocument(table, stored.get(table.id) ?? unsaved(table.id), view))
  }

  async read(caller: Caller, id: number, options: { short: boolean }): Promise<ObjecttypeDocument> {
    const [datamodel, stored] = await Promise.all([this.#current(caller), this.#settings()])
    const table = objecttypeWith(datamodel, id)
    return objecttypeDocument(table, stored.get(id) ?? unsaved(id), { managed: !options.short && holds(caller.systemRights, MANAGER) })
  }

  /** Stores all of the documents or none. The answer changes its cache id with every save. */
  async save(caller: Caller, sent: readonly ObjecttypeDocument[]): Promise<{ objecttypes: ObjecttypeDocument[]; cacheId: string }> {
    const datamodel = await this.#current(caller)
    const grants = await storedGrants(
      'objecttype-without-pool',
      sent.map((document) => document._acl ?? []),
      this.#ports,
    )
    const documents = sent.map((document, i) => ({ ...document, ...(document._acl && { _acl: grants[i] ?? [] }) }))
    return this.#ports.store.change(async (transaction) => {
      const stored = byTable(await transaction.all())
      const saved = planObjecttypes(documents, stored, datamodel)
      await transaction.save(saved)
      for (const settings of saved) stored.set(settings.tableId, settings)
      const objecttypes = saved.map((settings) => objecttypeDocument(objecttypeWith(datamodel, settings.tableId), settings, { managed: true }))
      return { objecttypes, cacheId: cacheIdOf([...stored.values()]) }
    })
  }

  async stats(caller: Caller, id: number): Promise<ObjecttypeStats> {
    objecttypeWith(await this.#current(caller), id)
    // No file can be stored yet, so there are none to count: this is the true answer until uploads come.
    const none = () => ({ size: 0, count: 0, by_class: {}, by_extension: {} })
    const buckets = () => ({ latest: none(), history: none(), deleted: none() })
    return { files: { count: 0, size: 0, originals: buckets(), versions: buckets() } }
  }

  #current(caller: Caller): Promise<Datamodel> {
    return this.#ports.datamodels.committed(caller.datamodelVersion)
  }

  async #settings(): Promise<Map<number, ObjecttypeSettings>> {
    return byTable(await this.#ports.store.all())
  }
}

const byTable = (all: readonly ObjecttypeSettings[]) => new Map(all.map((settings) => [settings.tableId, settings]))

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
