/**
 * The guard for libraries that send requests themselves: agents whose every connection it makes. A connection that is kept for
 * the next request has passed it once; one that is taken back from an instance lives on for as long as it is kept.
 */
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import { parseOpenHosts } from '@vitrine/domain/fetch/blocked-hosts'
import { placeAt } from '@vitrine/domain/fetch/fetch-target'
import { FetchFailure } from '@vitrine/domain/ports/http-fetch'
import { Agent, type AgentConnectOpts } from 'agent-base'
import { failureOf, Guard, type GuardOptions } from './guard.ts'

export interface GuardedAgentOptions extends GuardOptions {
  /** `host:port` of places that are open to the one these agents are for, although they are closed to others. */
  readonly open?: readonly string[]
  /** For a connection: the look-up, and all addresses together. */
  readonly connectTimeoutMs?: number
  /** Connections to one place at a time; further requests wait for one of them. */
  readonly maxSockets?: number
  /** How long a connection is kept without a request. */
  readonly keepMs?: number
}

export interface GuardedAgents {
  /** For `http:`. */
  readonly plain: GuardedAgent
  /** For `https:`. */
  readonly secure: GuardedAgent
  /** Closes all connections, also those in use. */
  destroy(): void
}

const CONNECT_TIMEOUT_MS = 20_000
const MAX_SOCKETS = 64
const MAX_KEPT_SOCKETS = 16
const KEEP_MS = 15_000

/**
 * Agents for both schemes with one guard. What they refuse fails with FetchFailure, whose `code` outlives libraries that pass on
 * nothing else; what the network says fails with the error of the socket, which those libraries know how to repeat.
 */
export function guardedAgents(options: GuardedAgentOptions = {}): GuardedAgents {
  const guard = new Guard(options)
  const plain = new GuardedAgent(guard, false, options)
  const secure = new GuardedAgent(guard, true, options)
  return { plain, secure, destroy: () => (plain.destroy(), secure.destroy()) }
}

export class GuardedAgent extends Agent {
  readonly #guard: Guard
  readonly #secure: boolean
  readonly #open: ReadonlySet<string>
  readonly #connectTimeoutMs: number

  constructor(guard: Guard, secure: boolean, options: Omit<GuardedAgentOptions, keyof GuardOptions>) {
    super({
      keepAlive: true,
      maxSockets: options.maxSockets ?? MAX_SOCKETS,
      maxFreeSockets: MAX_KEPT_SOCKETS,
      timeout: options.keepMs ?? KEEP_MS,
    })
    this.#guard = guard
    this.#secure = secure
    this.#open = parseOpenHosts(options.open ?? [])
    this.#connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS
  }

  /** The base class would guess. */
  override isSecureEndpoint(): boolean {
    return this.#secure
  }

  /**
   * Whatever else a request says about its connection, such as a look-up of its own, is not listened to. A request that is given
   * up meanwhile does not tell anybody; its connection is then kept for the next one.
   */
  override async connect(_request: ClientRequest, options: AgentConnectOpts): Promise<Socket> {
    if ('socketPath' in options && options.socketPath) throw new FetchFailure('refused', 'nothing is fetched from a socket')
    // Some libraries have it as a text, whatever the types say.
    const port: unknown = options.port
    const place = placeAt(options.host ?? '', Number(port), this.#secure)
    const signal = AbortSignal.timeout(this.#connectTimeoutMs)
    try {
      return await this.#guard.connect(place, { open: this.#open, connectTimeoutMs: Math.ceil(this.#connectTimeoutMs / 2), signal })
    } catch (error) {
      throw signal.aborted ? failureOf(error, signal) : error
    }
  }
}
