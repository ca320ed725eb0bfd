import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { UploadWish } from '@vitrine/domain/files/uploads'
import type { ServerEnv } from '../../env.ts'
import { isFlag, isId, isObject, isText, jsonList } from '../../http/json-query.ts'
import { multipartFiles, type MultipartFile } from '../../http/multipart.ts'
import { urlWish } from './url-wish.ts'

export const fileUpload: Handler<InstanceDocument, 'fileUpload', ServerEnv> = async ({ query, body, c }, reply) => {
  const { tenant } = c.var
  const caller = c.var.caller ?? fail('UserRequired', {})
  await tenant.uploads.demandRight(caller)
  if (!body) return fail('ServerGeneric', { msg: 'the body is empty', where: 'body' })
  const wishOf = wishes(query)
  const batch = tenant.uploads.begin(caller)
  try {
    let count = 0
    for await (const part of multipartFiles(c.req.header('content-type') ?? '', body)) await batch.receive(wishOf(part, count++), part.body, c.req.raw.signal)
    const files = await batch.finish()
    return reply.json(200, await tenant.files.own(files, { ...urlWish(c, query), format: 'long', duplicates: query.check_for_duplicates === 'true' }))
  } catch (error) {
    await batch.abandon()
    throw error
  }
}

type Query = Parameters<typeof fileUpload>[0]['query']

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
