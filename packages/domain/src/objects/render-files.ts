/**
 * Files of a page: fetched together, and written into each record as far as the caller's rights on that record go. A value that
 * was handed down belongs to the record that gave it.
 */
import type { ColumnField, MaskField } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { describe, type FileDocument } from '../files/descriptor.ts'
import { EVERYTHING, rightIn, type FileRight } from '../files/file-rights.ts'
import type { StoredFile } from '../files/file.ts'
import type { FileLook } from '../files/file-look.ts'
import { FileUrls } from '../files/file-urls.ts'
import { columnKey, nestedKey, type Content, type FileEntry } from './content.ts'
import type { PageRights } from './render-rights.ts'
import type { FilesFound, RecordFacts, RecordSource } from './record-store.ts'
import { isFiles } from './stored-files.ts'

/** A list of files in a field, and the record that has it. */
export interface FilePlace {
  readonly holder: RecordFacts
  readonly columnId: number
}

export interface PageFilesOptions {
  /** Null where the datamodel has no fields for files. */
  readonly look: FileLook | null
  readonly rights: PageRights
  readonly userId: number
}

const MOST_FILES = 20_000
const NOTHING: FilesFound = { files: [], versions: [], uploaders: new Map() }
/** Who could save a record that does not exist yet may know of the files in it. */
const OF_A_NEW_RECORD = { read: {} }

export class PageFiles {
  readonly #options: PageFilesOptions
  readonly #givers = new WeakMap<object, RecordFacts>()
  #files: ReadonlyMap<number, StoredFile> = new Map()
  #versions: ReadonlyMap<number | null, readonly StoredFile[]> = new Map()
  #uploaders: FilesFound['uploaders'] = new Map()

  constructor(options: PageFilesOptions) {
    this.#options = options
  }

  get areShown(): boolean {
    return this.#options.look !== null
  }

  async load(source: RecordSource, ids: ReadonlySet<number>): Promise<void> {
    if (ids.size > MOST_FILES) fail('AnswerTooLarge', { what: 'files', limit: MOST_FILES })
    const { files, versions, uploaders } = ids.size > 0 ? await source.files([...ids]) : NOTHING
    this.#files = new Map(files.map((file) => [file.id, file]))
    this.#versions = Map.groupBy(versions, ({ parentId }) => parentId)
    this.#uploaders = uploaders
  }

  /** To be told of values that a record shows without having them. */
  handDown(field: MaskField, value: unknown, giver: RecordFacts): void {
    for (const list of listsOf(field, value)) this.#givers.set(list, giver)
  }

  /** Files that are gone, and those that the caller may not know of, are left out. */
  documents(list: readonly FileEntry[], { holder, columnId }: FilePlace): FileDocument[] {
    const { look } = this.#options
    if (!look) return []
    const owner = this.#givers.get(list) ?? holder
    const urls = new FileUrls({ origin: look.origin, sign: look.sign, recordUuid: owner.uuid })
    const options = { format: 'standard', urls, users: this.#uploaders, isManaged: look.isManaged } as const
    return list.flatMap((entry) => {
      const file = this.#files.get(entry.f)
      if (!file) return []
      const right = this.#rightOn(owner, columnId, file)
      if (!right.visible) return []
      const document = describe({ file, versions: this.#versions.get(file.id) ?? [], right }, options)
      return { ...(look.realUrls ? withRealUrl(document, file) : document), ...inPlace(entry) }
    })
  }

  /** Undefined where nothing is left to show. */
  json(list: readonly FileEntry[], place: FilePlace): string | undefined {
    const documents = this.documents(list, place)
    return documents.length > 0 ? JSON.stringify(documents) : undefined
  }

  #rightOn(holder: RecordFacts, columnId: number, { uploadUser }: StoredFile): FileRight {
    const { rights, userId } = this.#options
    if (rights.root) return EVERYTHING
    const held = holder.id === null ? OF_A_NEW_RECORD : rights.of(holder)
    return rightIn([{ columnId, rights: held }], uploadUser === userId)
  }
}

const inPlace = ({ p, n, x }: FileEntry) => ({
  preferred: p === true,
  ...(n !== undefined && { name: n }),
  ...(x !== undefined && { frontend_prefs: x }),
})

function withRealUrl(document: FileDocument, { leave, remoteUrl }: StoredFile): FileDocument {
  const original = document.versions?.['original']
  if (!leave || remoteUrl === null || !original) return document
  return { ...document, versions: { ...document.versions, original: { ...original, url: remoteUrl } } }
}

/** Whether a field shows files of the record. */
export function showsFiles(field: MaskField): boolean {
  if (field.kind === 'reverse-linked-table') return false
  return field.kind === 'linked-table' ? field.fields.some(showsFiles) : isFileField(field)
}

export const isFileField = (field: ColumnField): boolean => isFiles(field.column)

/** The list of a field, or all lists in the rows of one. */
function listsOf(field: MaskField, value: unknown): (readonly FileEntry[])[] {
  if (field.kind === 'reverse-linked-table' || !Array.isArray(value)) return []
  if (field.kind !== 'linked-table') return isFileField(field) ? [value as FileEntry[]] : []
  return field.fields.filter(showsFiles).flatMap((inner) => (value as Content[]).flatMap((row) => listsOf(inner, row[keyOf(inner)])))
}

const keyOf = (field: MaskField): string =>
  field.kind === 'linked-table' ? nestedKey(field.table) : field.kind === 'reverse-linked-table' ? '' : columnKey(field.column)

/** Adds the files that these fields show of a record; false where there are none. */
export function collectFiles(fields: readonly MaskField[], values: Content, ids: Set<number>): boolean {
  const lists = fields.flatMap((field) => listsOf(field, values[keyOf(field)]))
  for (const list of lists) for (const { f } of list) ids.add(f)
  return lists.length > 0
}
