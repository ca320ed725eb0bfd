import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { attachment } from '@vitrine/domain/files/content-headers'
import type { ServerEnv } from '../../env.ts'
import { askedEntry } from './asked-entry.ts'

export const fileDownloadEntryHead: Handler<InstanceDocument, 'fileDownloadEntryHead', ServerEnv> = async ({ params, query, headers, c }, reply) => {
  const answer = await askedEntry(c, params, query, headers)
  if (answer.kind === 'unchanged') return reply.empty(304, answer.headers)
  if (answer.kind === 'folder') return reply.raw(200, 'application/json', null, answer.headers)
  answer.body.destroy()
  const told = { ...answer.headers, 'Content-Disposition': attachment(answer.name), 'Content-Length': answer.entry.sizeBytes }
  return reply.raw(200, 'application/octet-stream', null, told)
}
