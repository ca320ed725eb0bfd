/** Files of a form, stored one after the other while they arrive: all of them or none. */
import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Call } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { FileDocument } from '@vitrine/domain/files/descriptor'
import type { UploadWish } from '@vitrine/domain/files/uploads'
import type { Context } from 'hono'
import { isTrue } from '../booleans.ts'
import type { ServerEnv } from '../../env.ts'
import { isFlag, isId, isObject, isText, jsonList } from '../../http/json-query.ts'
import { multipartFiles, type MultipartFile } from '../../http/multipart.ts'
import { signedIn } from '../signed-in.ts'
import { urlWish } from './url-wish.ts'

type Query = Call<InstanceDocument, 'fileUpload', ServerEnv>['query']

export async function uploaded(c: Context<ServerEnv>, query: Query, body: ReadableStream<Uint8Array> | null): Promise<FileDocument[]> {
  const { uploads, files } = c.var.tenant
  const caller = signedIn(c)
  await uploads.demandRight(caller)
  // Files alone would not be what was asked for.
  if (query.collection !== undefined) fail('UrlParameterNotSupported', { param: 'collection' })
  if (!body) return fail('ServerGeneric', { msg: 'the body is empty', where: 'body' })
  const wishOf = wishes(query)
  const batch = uploads.begin(caller)
  try {
    let count = 0
    for await (const part of multipartFiles(c.req.header('content-type') ?? '', body))
      await batch.receive(wishOf(part, count++), part.body, c.req.raw.signal)
    if (count === 0) fail('ServerGeneric', { msg: 'the form holds no file', where: 'body' })
    const stored = await batch.finish()
    return await files.own(stored, { ...urlWish(c, query), format: 'long', duplicates: isTrue(query.check_for_duplicates) })
  } catch (error) {
    await batch.abandon()
    throw error
  }
}

/** What the query says of the file in each place. */
function wishes(query: Query): (part: MultipartFile, place: number) => UploadWish {
  const filenames = jsonList('filenames', query.filenames, isText, 'texts')
  const references = jsonList('references', query.references, isText, 'texts')
  const produce = jsonList('produce_versions', query.produce_versions, isFlag, 'booleans')
  const parents = jsonList('id_parents', query.id_parents, isId, 'ids')
  const versions = jsonList('version_names', query.version_names, isText, 'texts')
  const configs = jsonList('custom_produce_configs', query.custom_produce_configs, isObject, 'objects')
  return ({ filename, contentType }, i) => ({
    filename: filenames[i] || filename,
    reference: references[i] || null,
    produceVersions: produce[i] ?? true,
    parentId: parents[i] ?? null,
    versionName: versions[i] || null,
    customProduceConfig: configs[i] ?? null,
    priority: query.priority,
    contentType,
  })
}
