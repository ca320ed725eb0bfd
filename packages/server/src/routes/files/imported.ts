/** Files that lie elsewhere, registered and answered. */
import type { ImportRequest } from '@vitrine/domain/files/imports'
import type { FileDocument } from '@vitrine/domain/files/descriptor'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'
import { urlWish } from './url-wish.ts'

export async function imported(
  c: Context<ServerEnv>,
  query: { readonly file_url_expire?: string | undefined },
  read: () => ImportRequest,
): Promise<FileDocument[]> {
  const { uploads, imports, files } = c.var.tenant
  const caller = signedIn(c)
  await uploads.demandRight(caller)
  const registered = await imports.register(read(), caller, c.req.raw.signal)
  const documents = await files.own(
    registered.map(({ file }) => file),
    { ...urlWish(c, query), format: 'long', duplicates: false },
  )
  return documents.map((document, i) => ({
    ...document,
    ...(registered[i]?.isDuplicate && { _duplicates: [{ _id: document._id, certainty: 1, linked_system_objects: [] }] }),
  }))
}
