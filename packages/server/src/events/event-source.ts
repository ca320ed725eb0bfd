/** A subscription as server-sent events. Their ids let a client go on where a connection broke off. */
import type { EventSubscription } from './event-streams.ts'

const RETRY_MS = 2000
const text = new TextEncoder()

/** `cut` ends the connection of a client that takes nothing; there is no other way to reach it. */
export function eventSource(subscription: EventSubscription, aliveMs: number, cut: () => void): ReadableStream<Uint8Array> {
  const found = subscription.events()
  let alive: NodeJS.Timeout | undefined
  const finish = () => clearInterval(alive)
  subscription.signal.addEventListener('abort', () => {
    finish()
    if (subscription.ending === 'slow') cut()
  })
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(text.encode(`retry: ${RETRY_MS}\n\n`))
      // A comment now and then tells proxies and clients that the connection is in use.
      alive = setInterval(() => (controller.desiredSize ?? 0) > 0 && controller.enqueue(text.encode(': alive\n\n')), aliveMs)
    },
    async pull(controller) {
      const { value: events, done } = await found.next()
      if (done) {
        finish()
        controller.close()
      } else {
        controller.enqueue(text.encode(events.map((event) => `id: ${event.event._id}\ndata: ${JSON.stringify(event)}\n\n`).join('')))
      }
    },
    cancel() {
      finish()
      subscription.end('gone')
    },
  })
}
