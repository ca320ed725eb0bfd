/**
 * Who may see and download which version of which file. Files have no rights of their own: they follow the records that link
 * them, and until a record does, they belong to whoever brought them.
 *
 * `asset_show` and `asset_download` of a record count for the file fields (`column_ids`) and versions (`versions`) they name, all
 * of them where they name none. A version that is not managed is open to everybody who may read the record.
 */
import type { Access, AccessSource, AccessSubject, Rights } from '../access/access.ts'
import type { Caller } from '../people/caller.ts'
import { holds } from '../people/caller.ts'
import { isOriginal, type StoredFile } from './file.ts'
import type { FileLink } from './file-store.ts'

export interface FileSubjects {
  /** The live records among these, and what else their rights depend on; on one connection. */
  withRecords<T>(systemIds: readonly number[], work: (records: readonly LinkingRecord[], source: AccessSource) => Promise<T>): Promise<T>
}
export interface LinkingRecord extends AccessSubject {
  readonly systemId: number
  readonly uuid: string
}

export interface VersionRight {
  readonly show: boolean
  readonly download: boolean
}
const ALL: VersionRight = { show: true, download: true }
const NONE: VersionRight = { show: false, download: false }

/** What somebody may do with one original and what was made of it. */
export interface FileRight {
  /** `managed` is false for versions that everybody may have who may read the record. */
  of(version: string, managed: boolean): VersionRight
  /** Whether anything at all may be known of the file. */
  readonly visible: boolean
  /** Whether it may be changed, and others be made of it. */
  readonly mayProduce: boolean
}

export const EVERYTHING: FileRight = { of: () => ALL, visible: true, mayProduce: true }
const NOTHING: FileRight = { of: () => NONE, visible: false, mayProduce: false }

export interface FileRightPorts {
  readonly access: Access
  readonly subjects: FileSubjects
  readonly store: { links(fileIds: readonly number[]): Promise<readonly FileLink[]> }
  /** What may stand after the system id in global ids of records here, in lower case. */
  readonly instanceNames: readonly string[]
  /** For those who have not signed in. */
  readonly anonymous: () => Promise<Caller | null>
}

export class FileRights {
  readonly #ports: FileRightPorts

  constructor(ports: FileRightPorts) {
    this.#ports = ports
  }

  /**
   * Rights on originals, by id. With `recordUuid` (a UUID or a global id), only that record counts. One statement for the links, one for the records and
   * what the rights engine asks for, however many files there are.
   */
  async of(files: readonly StoredFile[], caller: Caller | null, recordUuid: string | null): Promise<ReadonlyMap<number, FileRight>> {
    const originals = files.filter(isOriginal)
    if (caller && holds(caller.systemRights, 'system.root')) return new Map(originals.map(({ id }) => [id, EVERYTHING]))
    const who = caller ?? (await this.#ports.anonymous())
    const links = await this.#ports.store.links(originals.map(({ id }) => id))
    const byFile = Map.groupBy(links, ({ fileId }) => fileId)
    const given = who && links.length > 0 ? await this.#rightsOf(links, who, recordUuid) : new Map<number, Rights>()
    return new Map(
      originals.map((file): [number, FileRight] => {
        const linked = (byFile.get(file.id) ?? []).filter(({ live }) => live)
        if (linked.length === 0 && caller && file.uploadUser === caller.userId) return [file.id, EVERYTHING]
        const entries = linked.flatMap(({ systemId, columnId }) => {
          const rights = given.get(systemId)
          return rights ? [{ columnId, rights }] : []
        })
        return [file.id, rightIn(entries, caller !== null && file.uploadUser === caller.userId)]
      }),
    )
  }

  async #rightsOf(links: readonly FileLink[], caller: Caller, recordUuid: string | null): Promise<ReadonlyMap<number, Rights>> {
    const systemIds = [...new Set(links.filter(({ live }) => live).map(({ systemId }) => systemId))]
    const access = await this.#ports.access.of(caller)
    return this.#ports.subjects.withRecords(systemIds, async (records, source) => {
      const asked = recordUuid === null ? records : records.filter((record) => isNamed(recordUuid, record, this.#ports.instanceNames))
      const rights = await access.rightsOn(source, asked)
      return new Map(asked.map((record, i) => [record.systemId, rights[i] ?? {}]))
    })
  }
}

export interface FilePlaceRights {
  readonly columnId: number
  readonly rights: Rights
}

/** A record is named by its UUID or by its global id. */
function isNamed(name: string, { uuid, systemId }: LinkingRecord, instanceNames: readonly string[]): boolean {
  const [id, ...place] = name.toLowerCase().split('@')
  return place.length === 0 ? id === uuid : id === String(systemId) && instanceNames.includes(place.join('@'))
}

/** The right that these places of one file give together; `rights` are those on the record that has it there. */
export function rightIn(entries: readonly FilePlaceRights[], isUploader: boolean): FileRight {
  const readable = entries.filter(({ rights }) => rights['read'])
  const grants = (name: string, version: string) => readable.some(({ columnId, rights }) => covers(rights[name], columnId, version))
  const mayProduce = isUploader || readable.some(({ columnId, rights }) => rights['write'] && covers(rights['asset_upload'], columnId, null))
  if (readable.length === 0) return mayProduce ? { ...NOTHING, visible: true, mayProduce } : NOTHING
  return {
    of(version, managed) {
      if (!managed) return ALL
      const download = grants('asset_download', version)
      return { download, show: download || grants('asset_show', version) }
    },
    visible: true,
    mayProduce,
  }
}

/** Whether a right counts here; a limit that names nothing is none. */
export function covers(right: Readonly<Record<string, unknown>> | undefined, columnId: number, version: string | null): boolean {
  if (!right) return false
  const columns = right['column_ids'] as readonly number[] | undefined
  const versions = right['versions'] as readonly string[] | undefined
  if (columns?.length && !columns.includes(columnId)) return false
  return version === null || !versions?.length || versions.includes(version)
}
