/** Files that a save names: all found at once, and kept from going until the transaction ends. */
import { fail } from '../errors.ts'
import { isOriginal } from '../files/file.ts'
import type { FileEntry } from './content.ts'
import type { Problems } from './problems.ts'
import type { Draft, ParsedRow } from './save-draft.ts'
import { isFiles } from './stored-files.ts'
import type { FileRef } from './values/files.ts'
import type { LinkableFile, RecordTransaction } from './write-store.ts'

export interface FoundFiles {
  readonly byId: ReadonlyMap<number, LinkableFile>
  /** What is stored for a list that was sent; entries without a file are left out, which are problems that were kept. */
  entriesOf(list: readonly FileRef[]): readonly FileEntry[] | undefined
}

const MOST_FILES_IN_SAVE = 10_000

/** Asks nothing where no file is named. */
export async function resolveFiles(tx: RecordTransaction, drafts: readonly Draft[], problems: Problems): Promise<FoundFiles> {
  const lists = new Set<readonly FileRef[]>()
  for (const draft of drafts) collectLists(draft, lists)
  const refs = [...lists].flat()
  const ids = new Set(refs.flatMap(({ id }) => id ?? []))
  const references = new Set(refs.flatMap(({ reference }) => reference ?? []))
  if (ids.size + references.size > MOST_FILES_IN_SAVE)
    fail('SchemaInconsistent', { msg: `one request names at most ${MOST_FILES_IN_SAVE} different files` })
  const found = refs.length > 0 ? await tx.files({ ids: [...ids], references: [...references] }) : []
  const byId = new Map(found.map((file) => [file.id, file]))
  const byReference = new Map(found.map((file) => [file.reference, file]))
  const fileOf = ({ id, reference }: FileRef) => (id === null ? byReference.get(reference) : byId.get(id))
  const entries = new Map([...lists].map((list) => [list, entriesOf(list, fileOf, problems)]))
  return { byId, entriesOf: (list) => entries.get(list) }
}

function collectLists(row: ParsedRow, lists: Set<readonly FileRef[]>): void {
  for (const [column, value] of row.columns) if (isFiles(column)) lists.add(value as readonly FileRef[])
  for (const rows of row.nested.values()) for (const nested of rows) collectLists(nested, lists)
  for (const pairs of row.edit?.matches.values() ?? [])
    for (const { match, merge } of pairs) {
      collectLists(match, lists)
      collectLists(merge, lists)
    }
}

function entriesOf(
  list: readonly FileRef[],
  fileOf: (ref: FileRef) => LinkableFile | undefined,
  problems: Problems,
): readonly FileEntry[] | undefined {
  const seen = new Set<number>()
  const entries = list.flatMap((ref) => problems.attempt(ref.where, () => entryOf(ref, fileOf(ref), seen)) ?? [])
  return entries.length === 0 ? undefined : entries
}

function entryOf(ref: FileRef, file: LinkableFile | undefined, seen: Set<number>): FileEntry {
  if (!file) return refuseFile(ref.where, ref.id ?? ref.reference)
  if (!isOriginal(file)) refuse(ref.where, `file ${file.id} is no original, and only originals stand in records`)
  if (seen.has(file.id)) refuse(ref.where, `file ${file.id} stands here twice`)
  seen.add(file.id)
  return { f: file.id, ...(ref.preferred && { p: true as const }), ...(ref.name !== null && { n: ref.name }), ...(ref.prefs && { x: ref.prefs }) }
}

/** The same words for a file that is not there and for one that the caller must not know of. */
export const refuseFile = (where: string, name: number | string | null): never =>
  refuse(where, `there is no file ${JSON.stringify(name)} that could be put here`)
const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })
