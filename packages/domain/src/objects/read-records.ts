/**
 * Reading records: one by any of its ids, a page of a type, or what a save has just stored. The mask is the only door: it
 * decides which fields are asked of the database at all. The answer is JSON text, since most of it is never looked into.
 *
 * An old version is written out with the datamodel it was saved with, and its links lead to what their targets were then.
 */
import type { Access, CallerAccess } from '../access/access.ts'
import type { Datamodels } from '../datamodel/datamodels.ts'
import type { Datamodel, Mask, Table } from '../datamodel/model.ts'
import { fail, isDomainError } from '../errors.ts'
import type { FileLook, FileWish } from '../files/file-look.ts'
import type { StandardMasks } from '../objecttypes/standard-masks.ts'
import type { Caller } from '../people/caller.ts'
import { demandMask, requireRights } from './record-rights.ts'
import type { RecordAddress, RecordFacts, RecordPage, RecordSource, RecordStore, Selection, VersionFound } from './record-store.ts'
import { NO_MERGE, type Merge } from './render-attached.ts'
import { renderSaved } from './render-saved.ts'
import { unsavedRecord } from './render-unsaved.ts'
import { Page } from './render-page.ts'
import { planFor } from './render-plan.ts'
import { recordJson } from './render-record.ts'
import { recordsJson } from './render-records.ts'
import { holdsFiles } from './stored-files.ts'
import type { RecordFormat, RenderOptions, SavedItem, SavedRenderer, UnsavedItem } from './saved-renderer.ts'

export interface ReaderOptions {
  readonly store: RecordStore
  readonly datamodels: Datamodels
  /** Says which masks sum records up. */
  readonly standardMasks: StandardMasks
  readonly access: Access
  readonly instanceId: string
  /** What stands after the `@` of global ids. */
  readonly databaseName: string
  /** Languages of the collection, in order of preference; texts without a language are shown in all of them. */
  readonly languages: readonly string[]
  readonly files: FileLooks
}

export interface FileLooks {
  look(wish: FileWish): Promise<FileLook>
}

export interface ReadRequest {
  readonly caller: Caller
  readonly objecttype: string
  readonly mask: string
  readonly format: RecordFormat
  /** Every stored version instead of the newest. */
  readonly allVersions: boolean
  /** Links of an old version lead to what their targets are now. */
  readonly latestLinked: boolean
  /** One stored version instead of the newest. */
  readonly version: number | null
  readonly skipReverseNested: boolean
  readonly merge: Pick<Merge, 'mode' | 'maxDepth'>
  readonly files: FileWish
}

/** Versions hold whole records, and all of them are in memory until the answer is written. */
const MOST_VERSIONS = 10_000

interface Asked extends ReadRequest {
  readonly access: CallerAccess
  readonly look: FileLook | null
}

/** Stored versions by the datamodel they were saved with, and those datamodels. */
interface OldVersions {
  readonly groups: ReadonlyMap<number, readonly VersionFound[]>
  readonly datamodels: ReadonlyMap<number, Datamodel>
}

export class RecordReader implements SavedRenderer {
  readonly #options: ReaderOptions

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  /** JSON text of an array: the record with this id, or nothing. */
  read(request: ReadRequest, address: { readonly objectId: number } | { readonly systemId: number }): Promise<string> {
    return this.#answer(request, address)
  }

  /** The same by global id, which names this instance by its database name, its id, or `local`. */
  async readGlobal(request: ReadRequest, globalId: string): Promise<string> {
    const [systemId, ...rest] = globalId.split('@')
    const place = rest.join('@').toLowerCase()
    const here = ['local', this.#options.databaseName.toLowerCase(), this.#options.instanceId.toLowerCase()].includes(place)
    // An id of another system is no record here; the request itself has still to be a permitted one.
    return here ? this.#answer(request, { systemId: Number(systemId) }) : this.#open(request).then(() => '[]')
  }

  list(request: ReadRequest, page: { readonly limit: number; readonly offset: number }): Promise<string> {
    return this.#answer(request, page)
  }

  /** What is stored cannot be refused for what its answer would hold: then the answer leaves reverse rows out. */
  async renderSaved(items: readonly SavedItem[], options: RenderOptions): Promise<string> {
    const access = await this.#options.access.of(options.caller)
    return this.#view(options, async (viewed) => {
      const look = await this.#look([viewed.datamodel], options.files)
      const render = (seen: RenderOptions) =>
        this.#options.store.read((source) => renderSaved(source, this.#page(seen.datamodel, { ...seen, access, look }), items, seen))
      try {
        return await render(viewed)
      } catch (error) {
        if (isDomainError(error) && error.code === 'AnswerTooLarge') return render({ ...viewed, skipReverseNested: true })
        throw error
      }
    })
  }

  async renderUnsaved(items: readonly UnsavedItem[], options: RenderOptions): Promise<string> {
    const access = await this.#options.access.of(options.caller)
    return this.#view(options, async (seen) => {
      const records = items.map((item) => unsavedRecord(item, seen))
      const look = await this.#look([seen.datamodel], options.files)
      return this.#options.store.read((source) => recordsJson(source, this.#page(seen.datamodel, { ...seen, access, look }), records))
    })
  }

  async #answer(request: ReadRequest, address: RecordAddress): Promise<string> {
    const { datamodel, mask, access } = await this.#open(request)
    // Numbers that no id can have and no store could take find nothing.
    if (!Object.values(address).every(Number.isSafeInteger)) return '[]'
    const old = request.version !== null || request.allVersions
    if (old) return this.#old({ ...request, access, look: null }, datamodel, mask, address)
    const asked: Asked = { ...request, access, look: await this.#look([datamodel], request.files) }
    return this.#options.store.read((source) => this.#newest(source, asked, datamodel, mask, address))
  }

  /** Finds type and mask. Which records may be read is asked about the records. */
  async #open({ caller, objecttype, mask: maskName }: ReadRequest): Promise<{ datamodel: Datamodel; mask: Mask; access: CallerAccess }> {
    const datamodel = await this.#committed(caller.datamodelVersion, caller)
    const table = datamodel.model.byName.get(objecttype)
    if (!table || table.owner) return fail('UnknownObjecttype', { objecttype })
    const mask = datamodel.mask(table, maskName) ?? fail('UnknownObjecttype', { objecttype: `${objecttype}, mask ${maskName}` })
    if (mask.id === null && !caller.root) fail('SystemRightRequired', { rights: 'system.root' })
    return { datamodel, mask, access: await this.#options.access.of(caller) }
  }

  async #newest(source: RecordSource, request: Asked, datamodel: Datamodel, mask: Mask, address: RecordAddress): Promise<string> {
    const plan = planFor(datamodel, mask, request.format, { skipReverse: request.skipReverseNested })
    const found = await source.records(plan.projection, selectionOf(mask.table, scoped(request, datamodel, mask, address)))
    const records = found.filter((record) => record.facts.table === mask.table.id).map((record) => ({ plan, at: null, ...record }))
    if (!isPage(address))
      await demandReadable(
        source,
        request,
        datamodel,
        mask,
        records.flatMap(({ facts }) => facts.id ?? []),
      )
    return recordsJson(source, this.#page(datamodel, request, request), records)
  }

  async #old(request: Asked, current: Datamodel, mask: Mask, address: RecordAddress): Promise<string> {
    const versions = await this.#options.store.read(async (source) => {
      const all = await source.versions(mask.table.id, scoped(request, current, mask, address), request.version, MOST_VERSIONS + 1)
      if (!isPage(address))
        await demandReadable(
          source,
          request,
          current,
          mask,
          all.slice(0, 1).map(({ id }) => id),
        )
      return all
    })
    if (versions.length > MOST_VERSIONS) fail('AnswerTooLarge', { what: 'versions', limit: MOST_VERSIONS })
    const groups = bySchema(versions)
    // Older datamodels are fetched between the reads: readers that hold a connection while they ask for a second one could
    // all be waiting for each other.
    const datamodels = new Map([[current.version, current]])
    for (const version of groups.keys()) if (!datamodels.has(version)) datamodels.set(version, await this.#committed(version, request.caller))
    const look = await this.#look([...datamodels.values()], request.files)
    const texts = await this.#options.store.read((source) => this.#oldTexts(source, { ...request, look }, current, mask, { groups, datamodels }))
    return `[${versions.flatMap((version) => texts.get(keyOf(version)) ?? []).join(',')}]`
  }

  async #oldTexts(source: RecordSource, request: Asked, current: Datamodel, mask: Mask, { groups, datamodels }: OldVersions) {
    const texts = new Map<string, string>()
    for (const [schemaVersion, group] of groups) {
      const then = datamodels.get(schemaVersion) ?? current
      // A mask that did not exist then shows the old record as it shows the new ones: fields are known by id.
      const before = maskThen(then, mask)
      const datamodel = before ? then : current
      const plan = planFor(datamodel, before ?? mask, request.format, { skipReverse: request.skipReverseNested })
      const found = await source.records(plan.projection, { by: 'version', versions: group })
      const moments = new Map(group.map((version) => [keyOf(version), version.newest || request.latestLinked ? null : version.savedAt]))
      const records = found.map((record) => ({ plan, at: moments.get(keyOfFacts(record.facts)) ?? null, ...record }))
      const page = this.#page(datamodel, request, request)
      await page.load(source, records)
      for (const record of records) texts.set(keyOfFacts(record.facts), recordJson(page, record))
    }
    return texts
  }

  async #committed(version: number, { configRevision }: Caller): Promise<Datamodel> {
    return this.#options.standardMasks.applyTo(await this.#options.datamodels.committed(version), configRevision)
  }

  async #view(options: RenderOptions, render: (options: RenderOptions) => Promise<string>): Promise<string> {
    return render({ ...options, datamodel: await this.#options.standardMasks.applyTo(options.datamodel, options.caller.configRevision) })
  }

  /** Asked for before records are read: what it may have to fetch would need a second connection then. */
  async #look(datamodels: readonly Datamodel[], wish: FileWish): Promise<FileLook | null> {
    return datamodels.some(({ model }) => model.objecttypes.some(holdsFiles)) ? this.#options.files.look(wish) : null
  }

  #page(
    datamodel: Datamodel,
    { caller, access, look }: Pick<Asked, 'caller' | 'access' | 'look'>,
    request?: Pick<ReadRequest, 'merge' | 'skipReverseNested'>,
  ): Page {
    const { databaseName, languages } = this.#options
    const merge: Merge = { ...NO_MERGE, ...request?.merge, skipReverse: request?.skipReverseNested ?? false }
    return new Page({ datamodel, databaseName, languages, caller, access, merge, look })
  }
}

const isPage = (address: RecordAddress): address is RecordPage => 'limit' in address

/** What may not be read is passed over in a list, and the page is filled with what may. */
const scoped = ({ access }: Asked, datamodel: Datamodel, mask: Mask, address: RecordAddress): RecordAddress =>
  isPage(address) ? { ...address, scope: access.readScope(datamodel, mask) } : address

/** A single record is refused, so that whoever asked knows which right to ask for. What is not there needs none. */
async function demandReadable(
  source: RecordSource,
  { access }: Asked,
  datamodel: Datamodel,
  mask: Mask,
  systemIds: readonly number[],
): Promise<void> {
  if (access.root) return
  const subjects = await source.subjects(systemIds)
  const rights = await requireRights(access, source.access, subjects, 'read')
  demandMask(access, subjects, rights, mask, datamodel)
}

function selectionOf(table: Table, address: RecordAddress): Selection {
  if ('objectId' in address) return { by: 'objectId', table: table.id, ids: [address.objectId] }
  if ('systemId' in address) return { by: 'systemId', ids: [address.systemId] }
  return { by: 'page', table: table.id, ...address }
}

function bySchema(versions: readonly VersionFound[]): ReadonlyMap<number, VersionFound[]> {
  const groups = new Map<number, VersionFound[]>()
  for (const version of versions) groups.set(version.schemaVersion, [...(groups.get(version.schemaVersion) ?? []), version])
  return groups
}

/** The same mask in an older datamodel, by id, since it may have been renamed. */
function maskThen(then: Datamodel, mask: Mask): Mask | undefined {
  const table = then.model.tables.get(mask.table.id)
  if (!table) return undefined
  return mask.id === null ? then.allFields(table) : then.masksById.get(mask.id)
}

const keyOf = ({ id, version }: { readonly id: number; readonly version: number }) => `${id} ${version}`
const keyOfFacts = (facts: RecordFacts) => `${facts.id} ${facts.version}`
