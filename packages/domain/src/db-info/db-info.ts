/** Questions about what a caller could do with records, before anybody tries. Nothing is changed or locked. */
import type { Access } from '../access/access.ts'
import type { Datamodels } from '../datamodel/datamodels.ts'
import type { Datamodel, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { placesKnowing, type PlacesAt } from '../places/places-knowing.ts'
import type { Places } from '../places/places.ts'
import { answerCreate, type CreateAnswer } from './db-info-create.ts'
import { answerUpdate, type UpdateAnswer } from './db-info-update.ts'
import type { SubjectStore } from './subject-store.ts'

export interface DbInfoPorts {
  readonly access: Access
  readonly places: PlacesAt
  readonly datamodels: Datamodels
  readonly subjects: SubjectStore
}

export class DbInfo {
  readonly #ports: DbInfoPorts

  constructor(ports: DbInfoPorts) {
    this.#ports = ports
  }

  async create(caller: Caller, asked: { objecttype?: string; pool_id?: number; tag_ids?: readonly number[] | null }): Promise<CreateAnswer> {
    const [access, datamodel] = await Promise.all([this.#ports.access.of(caller), this.#datamodel(caller)])
    const table = asked.objecttype === undefined ? null : objecttypeNamed(asked.objecttype, datamodel)
    const places = await this.#places(caller, asked.pool_id)
    return answerCreate({ caller, access, datamodel, places, table, poolId: asked.pool_id ?? null, tagIds: asked.tag_ids })
  }

  async update(
    caller: Caller,
    asked: { objecttype: string; object_ids: readonly number[]; pool_id?: number; tag_ids?: readonly number[] | null },
  ): Promise<UpdateAnswer> {
    const [access, datamodel] = await Promise.all([this.#ports.access.of(caller), this.#datamodel(caller)])
    const table = objecttypeNamed(asked.objecttype, datamodel)
    const supposed = await this.#places(caller, asked.pool_id)
    const ids = [...new Set(asked.object_ids)]
    return this.#ports.subjects.withSubjects(table.id, ids, (records, source) =>
      answerUpdate({
        ...{ caller, access, datamodel: datamodel as Datamodel, places: supposed, table, source, records },
        incomplete: records.length < ids.length,
        poolId: asked.pool_id,
        tagIds: asked.tag_ids === undefined ? undefined : (asked.tag_ids ?? []),
      }),
    )
  }

  /** Null while no datamodel has been committed. */
  #datamodel({ datamodelVersion: version }: Caller): Promise<Datamodel> | null {
    return version === 0 ? null : this.#ports.datamodels.committed(version)
  }

  async #places(caller: Caller, poolId: number | undefined): Promise<Places> {
    const places = await placesKnowing(poolId === undefined ? [] : [poolId], this.#ports.places, caller.configRevision)
    if (poolId !== undefined && !places.hasPool(poolId)) fail('LookupNotFound', { key: 'pool_id', value: String(poolId) })
    return places
  }
}

function objecttypeNamed(objecttype: string, datamodel: Datamodel | null): Table {
  const table = datamodel?.model.byName.get(objecttype)
  return table && !table.owner ? table : fail('ObjecttypeNotFound', { objecttype })
}
