import type { Readable } from 'node:stream'
import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import { nodeBody } from '../../http/node-body.ts'
import { askedConversion } from './asked-conversion.ts'
import { asked } from './asked-version.ts'

export const fileDownload: Handler<InstanceDocument, 'fileDownload', ServerEnv> = async ({ params, query, headers, c }, reply) => {
  const { delivery, downloadLog, onDemand } = c.var.tenant
  const { signal } = c.req.raw
  const note = { saved: query.disposition === 'attachment', info: query['event.info'] ?? null }
  const conversion = await askedConversion(c, params, query, headers)
  if (conversion) {
    const { found, recipe, type, headers: told } = conversion
    const { body, image } = await onDemand.convert(found.version, recipe, signal)
    const sent = await noted(c, body, downloadLog.note(found, { ...note, format: recipe.format }, c.var.caller))
    return reply.raw(200, type, sent, { ...told, 'Content-Length': image.sizeBytes })
  }
  const answer = await asked(c, params, query, headers)
  if (answer.kind === 'unchanged') return reply.empty(304, answer.headers)
  const toNote = () => downloadLog.note(answer.found, { ...note, format: null }, c.var.caller)
  if (answer.kind === 'elsewhere') {
    await toNote()
    return reply.empty(302, answer.headers)
  }
  const range = answer.kind === 'part' ? answer.range : null
  const body = await delivery.open(answer.version, range, signal)
  const goesOn = range !== null && range.start > 0
  const sent = goesOn ? nodeBody(c, body) : await noted(c, body, toNote())
  return answer.kind === 'part' ? reply.raw(206, answer.type, sent, answer.headers) : reply.raw(200, answer.type, sent, answer.headers)
}

/** The body, once the log tells of it. */
async function noted(c: Context<ServerEnv>, body: Readable, note: Promise<void>): Promise<ReadableStream<Uint8Array> | null> {
  try {
    await note
    return nodeBody(c, body)
  } catch (error) {
    body.destroy()
    throw error
  }
}
