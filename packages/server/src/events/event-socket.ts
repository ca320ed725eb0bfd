/** A subscription as a WebSocket: one event per text frame, at the pace at which the client takes them. */
import type { WebSocket } from 'ws'
import type { Ending, EventSubscription } from './event-streams.ts'

const CODES: Readonly<Record<Ending, readonly [code: number, reason: string]>> = {
  gone: [1000, ''],
  token: [1008, 'the token does not count any more'],
  slow: [1013, 'events are read too slowly'],
  stopping: [1001, 'the server stops'],
}

/** Pings in a row; whoever answers none of them is not there any more. */
const MOST_UNANSWERED = 3

export function sendEvents(socket: WebSocket, subscription: EventSubscription, pingMs: number, onError: (error: unknown) => void): void {
  let unanswered = 0
  const ping = setInterval(() => {
    if (++unanswered > MOST_UNANSWERED) socket.terminate()
    else socket.ping()
  }, pingMs)
  socket.on('pong', () => (unanswered = 0))
  socket.on('error', () => socket.terminate())
  socket.on('close', () => subscription.end('gone'))
  // A client that takes nothing keeps the loop below waiting; the end has to reach it all the same.
  subscription.signal.addEventListener('abort', () => {
    clearInterval(ping)
    socket.close(...CODES[subscription.ending])
  })
  if (subscription.signal.aborted) return socket.close(...CODES[subscription.ending])
  run(socket, subscription).catch((error: unknown) => {
    onError(error)
    socket.close(1011, 'events cannot be read')
  })
}

async function run(socket: WebSocket, subscription: EventSubscription): Promise<void> {
  for await (const events of subscription.events())
    for (const event of events) {
      if (subscription.signal.aborted) return
      await sent(socket, JSON.stringify(event))
    }
}

/** Settles when the text has left for the network; a failure closes the socket, which ends everything. */
const sent = (socket: WebSocket, text: string) => new Promise<void>((resolve) => socket.send(text, () => resolve()))
