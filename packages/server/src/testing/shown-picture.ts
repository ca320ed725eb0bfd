/** A picture in an instance whose work is done, and ways to show it to others, for tests of what is made of pictures on request. */
import { randomUUID } from 'node:crypto'
import { archiveOn, one, somebody, type Archive, type Somebody } from './archive.ts'
import { workOn } from './file-work.ts'
import { formOf } from './forms.ts'
import type { TestInstance, TestServer } from './test-server.ts'

export interface WorkedFile {
  readonly _id: number
  readonly hash: string
  readonly status: string
  readonly versions: Readonly<
    Record<string, { readonly _id: number; readonly hash: string; readonly status: string; readonly path: string; readonly url: string }>
  >
}

/** Brings a file in and does everything that follows from that. */
export async function worked(server: TestServer, at: TestInstance, name: string, content: string | Uint8Array<ArrayBuffer>): Promise<WorkedFile> {
  const { body } = await at.api('PUT', '/api/v1/eas/put', formOf({ [name]: content }))
  return workOn<WorkedFile>(server, at, body[0]._id)
}

export interface ShownPicture {
  readonly at: Archive
  readonly file: WorkedFile
  /** `<id>/<hash>`, as addresses of the original have it. */
  readonly place: string
  /** A signature for the original. */
  readonly signature: string
  /** Global id of the record that shows it. */
  readonly uuid: string
  /** May read that record and see its files, but not have them. */
  readonly viewer: Somebody
  /** May read that record, and none of its files. */
  readonly reader: Somebody
}

/** A picture that a record shows, and people with different rights on it. */
export async function shownPicture(server: TestServer, content: Uint8Array<ArrayBuffer>, name = 'fields.png'): Promise<ShownPicture> {
  const at = await archiveOn(server)
  const file = await worked(server, at, name, content)
  const { systemId, id } = await one(at, 'artwork')
  await link(at, systemId, file._id)
  const viewer = await somebody(at, { artwork: { read: {}, asset_show: {} } })
  const reader = await somebody(at, { artwork: { read: {} } })
  const record = await at.read('artwork', { id })
  return {
    at,
    file,
    place: `${file._id}/${file.hash}`,
    signature: new URL(file.versions['original']?.url ?? '').searchParams.get('x-fylr-signature') ?? '',
    uuid: String(record?._uuid),
    viewer,
    reader,
  }
}

const link = ({ tenant, id }: Archive, systemId: number, fileId: number) =>
  tenant.write(
    (sql) =>
      sql`insert into file_link (instance_id, from_id, column_id, row_uuid, file_id, live) values (${id}, ${systemId}, 1, ${randomUUID()}, ${fileId}, true)`,
  )
