import type { ServerResponse } from 'node:http'
import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { ServerEnv } from '../../env.ts'
import { sendEvents } from '../../events/event-socket.ts'
import { eventSource } from '../../events/event-source.ts'
import { upgradeOf } from '../../http/web-sockets.ts'
import type { Lifecycle } from '../../lifecycle.ts'
import { presentedToken } from '../../middleware/caller.ts'
import { signedIn } from '../signed-in.ts'

export const eventStream =
  ({ stopping }: Lifecycle): Handler<InstanceDocument, 'eventStream', ServerEnv> =>
  async ({ headers, c }, reply) => {
    const { events, eventStreams } = c.var.tenant
    const upgrade = upgradeOf(c)
    const accepted = /\btext\/event-stream\b/i.test(c.req.header('accept') ?? '')
    if (!upgrade && !accepted) fail('ServerGeneric', { msg: 'the event log is followed as a WebSocket, or with Accept: text/event-stream' })
    eventStreams.demandRoom()
    const resumed = upgrade ? undefined : headers['Last-Event-ID']
    // Asked before the client learns that the connection is open: what happens from then on reaches it.
    const from = resumed ?? (await events.newest())
    const listener = { caller: signedIn(c), token: presentedToken(c) ?? '', from, stopping }
    if (upgrade) {
      const onError = (err: unknown) => c.var.log.error({ err }, 'a stream of events ended')
      // Only once the handshake has succeeded is there anybody to end the subscription.
      upgrade((socket) => sendEvents(socket, eventStreams.subscribe(listener), eventStreams.checkMs, onError))
      return reply.empty(101)
    }
    const { outgoing } = (c.env ?? {}) as { outgoing?: ServerResponse }
    const subscription = eventStreams.subscribe(listener)
    // A client that is gone before the first byte reads nothing that could tell.
    if (outgoing?.destroyed) subscription.end('gone')
    outgoing?.once('close', () => subscription.end('gone'))
    return reply.raw(
      200,
      'text/event-stream',
      eventSource(subscription, eventStreams.checkMs, () => outgoing?.destroy()),
    )
  }
