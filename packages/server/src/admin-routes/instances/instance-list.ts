/** Lists instances. Without a limit all of them are sent as they are read, because operators have tens of thousands. */
import type { AdminDocument } from '@vitrine/contract/admin'
import type { Handler } from '@vitrine/contract/handlers'
import type { InstanceService } from '@vitrine/domain/instances/instances'
import type { ServerEnv } from '../../env.ts'
import { instanceResource } from './resource.ts'

/** What is not a number above zero says nothing. */
const counted = (text: string | undefined) => (text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0)

export const instanceList =
  (instances: InstanceService): Handler<AdminDocument, 'instanceList', ServerEnv> =>
  async ({ query }, reply) => {
    const limit = counted(query['page[limit]'])
    if (limit === 0) return reply.raw(200, 'application/vnd.api+json', await streamed(instances))
    const cursor = query['page[cursor]']
    const page = await instances.list({ limit, skip: counted(query['page[skip]']), ...(cursor && { cursor }) })
    return reply.json(200, {
      data: page.instances.map((instance) => instanceResource(instance)),
      meta: { count: page.instances.length },
      ...(page.next !== undefined && { links: { next: `/instances?page[limit]=${limit}&page[cursor]=${page.next}` } }),
    })
  }

/** The first instance is read before anything is sent, so that a database that is away still makes a proper failure. */
async function streamed(instances: InstanceService): Promise<ReadableStream<Uint8Array>> {
  const all = instances.all()
  const first = await all.next()
  async function* parts() {
    let count = 0
    yield '{"data":['
    for (let at = first; !at.done; at = await all.next()) yield `${count++ === 0 ? '' : ','}${JSON.stringify(instanceResource(at.value))}`
    yield `],"meta":{"count":${count}}}`
  }
  const source = parts()
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const part = await source.next()
      if (part.done) controller.close()
      else controller.enqueue(encoder.encode(part.value))
    },
    async cancel() {
      await source.return()
    },
  })
}
