/** How much an instance holds. Counted when asked; nothing is kept. */
import type { Datamodels } from '../datamodel/datamodels.ts'

export interface StatusStore {
  /** Live records per table id. */
  countRecords(): Promise<ReadonlyMap<number, number>>
  /** Users, groups and pools. */
  countBasetypes(): Promise<Readonly<Record<'group' | 'pool' | 'user', number>>>
}

export interface TypeCount {
  readonly type_name: string
  readonly total_count: number
}

export interface InstanceStatus {
  readonly objecttypes: TypeCount[]
  readonly basetypes: TypeCount[]
}

export class StatusService {
  readonly #store: StatusStore
  readonly #datamodels: Datamodels

  constructor(store: StatusStore, datamodels: Datamodels) {
    this.#store = store
    this.#datamodels = datamodels
  }

  async read(): Promise<InstanceStatus> {
    const datamodel = await this.#datamodels.committed(await this.#datamodels.currentVersion())
    const [records, basetypes] = await Promise.all([this.#store.countRecords(), this.#store.countBasetypes()])
    return {
      objecttypes: datamodel.model.objecttypes.map((table) => ({ type_name: table.name, total_count: records.get(table.id) ?? 0 })),
      basetypes: Object.entries(basetypes).map(([type_name, total_count]) => ({ type_name, total_count })),
    }
  }
}
