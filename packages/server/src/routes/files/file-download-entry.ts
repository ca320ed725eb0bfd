import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { attachment } from '@vitrine/domain/files/content-headers'
import type { ServerEnv } from '../../env.ts'
import { nodeBody } from '../../http/node-body.ts'
import { askedEntry } from './asked-entry.ts'

export const fileDownloadEntry: Handler<InstanceDocument, 'fileDownloadEntry', ServerEnv> = async ({ params, query, headers, c }, reply) => {
  const answer = await askedEntry(c, params, query, headers)
  if (answer.kind === 'unchanged') return reply.empty(304, answer.headers)
  if (answer.kind === 'folder') return reply.json(200, [...answer.entries], answer.headers)
  // What is in an archive has never been looked at: it is saved, whatever the address asks for.
  const told = { ...answer.headers, 'Content-Disposition': attachment(answer.name), 'Content-Length': answer.entry.sizeBytes }
  return reply.raw(200, 'application/octet-stream', nodeBody(c, answer.body), told)
}
