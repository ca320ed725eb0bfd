/**
 * What a caller has to be allowed for the files of a save. Putting one in needs `asset_upload` on the record as it is afterwards,
 * taking one out the same with `allow_update_and_remove` on the record as it was. And nobody can open a file to himself by
 * linking it: it has to be his own upload that no record has yet, or one that he may download from a record that has it.
 */
import type { Rights } from '../access/access.ts'
import { fail } from '../errors.ts'
import { rightIn, type FileRight } from '../files/file-rights.ts'
import { mayUpload } from '../files/upload-right.ts'
import { rightDisplayname } from '../people/rights-catalogue.ts'
import type { Change, SaveContext } from './save-context.ts'
import { refuseFile, type FoundFiles } from './save-files.ts'
import { fileDifferences } from './stored-files.ts'
import type { LinkableFile, RecordTransaction } from './write-store.ts'

const differencesOf = ({ table, stored, row }: Change) => fileDifferences(table, stored?.content, row.content)

/** `refuse` fails with the name of the missing right. `rights` are those on the record as it was. */
export function requireFilesRemovable(change: Change, rights: Rights, refuse: () => never): void {
  const { removed } = differencesOf(change)
  for (const { columnId } of removed) if (!mayUpload(rights, columnId, null)) refuse()
}

/** The same for the record as it is now. Fails with FileLimitExceeded as well. */
export function requireFilesAddable(change: Change, rights: Rights, { byId }: FoundFiles, refuse: () => never): void {
  for (const { columnId, fileId } of differencesOf(change).added) {
    const file = byId.get(fileId)
    if (!file || !mayUpload(rights, columnId, file)) refuse()
  }
}

/** Has to be asked before anything is written: what this save links says nothing about who may have it. */
export async function requireLinkable(tx: RecordTransaction, context: SaveContext, changes: readonly Change[], { byId }: FoundFiles): Promise<void> {
  if (context.caller.root) return
  const added = changes.flatMap((change) =>
    change.unchanged ? [] : differencesOf(change).added.map(({ fileId }) => ({ fileId, where: change.where })),
  )
  if (added.length === 0) return
  const rights = await fileRights(tx, context, new Map([...byId].filter(([id]) => added.some(({ fileId }) => fileId === id))))
  for (const { fileId, where } of added) context.problems.attempt(where, () => demandFile(rights.get(fileId), fileId, where))
}

function demandFile(right: FileRight | 'own' | undefined, fileId: number, where: string): void {
  if (right === 'own' || right?.of('original', true).download) return
  if (!right?.visible) refuseFile(where, fileId)
  fail('RightRequired', { right: 'asset_download', rightdisplayname: rightDisplayname('asset_download') })
}

async function fileRights(
  tx: RecordTransaction,
  { access, caller }: SaveContext,
  files: ReadonlyMap<number, LinkableFile>,
): Promise<ReadonlyMap<number, FileRight | 'own'>> {
  const links = await tx.fileLinks([...files.keys()])
  const subjects = links.length > 0 ? await tx.subjects([...new Set(links.map(({ systemId }) => systemId))]) : []
  const held = await access.rightsOn(tx.access, subjects)
  const rights = new Map(subjects.map(({ systemId }, i) => [systemId, held[i] ?? {}]))
  const byFile = Map.groupBy(links, ({ fileId }) => fileId)
  return new Map(
    [...files].map(([id, { uploadUser }]): [number, FileRight | 'own'] => {
      const isUploader = uploadUser === caller.userId
      const linked = byFile.get(id) ?? []
      if (isUploader && linked.length === 0) return [id, 'own']
      const entries = linked.flatMap(({ systemId, columnId }) => {
        const found = rights.get(systemId)
        return found ? [{ columnId, rights: found }] : []
      })
      return [id, rightIn(entries, isUploader)]
    }),
  )
}
