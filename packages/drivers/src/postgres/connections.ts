/**
 * Connections that are lent to one piece of work at a time.
 *
 * The client library keeps a reserved connection in use after its socket is gone: the next statement on it brings the whole
 * process down, or runs in the middle of somebody else's transaction once the connection has been opened again. It does tell
 * when a connection of a client closes, but not to whom it was lent. So every connection has a client of its own here, which
 * goes with it, because a client that connects again repeats the last failure to whoever comes next. And a loan ends for good
 * when its work ends or its connection closes: no statement that comes later reaches the server.
 *
 * A loan also knows which of its statements failed first. Answers that arrive together are heard in no certain order, and in a
 * transaction all but the first failure only say that there has been one.
 */
import type { ReservedSql, Sql } from 'postgres'

/** Longer than any work should hold up others; whoever waits for so long is better told to come back. */
const PATIENCE_MS = 30_000

/** A failure of the connection, with a code as the client library would give it. */
export class ConnectionFailure extends Error {
  readonly code: 'CONNECTION_CLOSED' | 'CONNECTION_ENDED' | 'CONNECT_TIMEOUT'

  constructor(code: ConnectionFailure['code'], message: string) {
    super(message)
    this.name = 'ConnectionFailure'
    this.code = code
  }
}

/** What is known of the session of a connection, from one loan to the next. */
export interface Session {
  /** Whose rows it sees; undefined when that is not certain. */
  instanceId: string | undefined
}

/** One client with its one connection. `onLost` is there while the connection is lent. */
interface Slot {
  readonly client: Sql
  readonly session: Session
  onLost: (() => void) | undefined
}

interface Waiter {
  readonly take: (slot: Slot) => void
  readonly refuse: (error: Error) => void
}

export class Loan {
  /** For the work itself; refuses statements once `end` has been called or the connection has closed. */
  readonly sql: ReservedSql
  readonly session: Session
  readonly #connection: ReservedSql
  #alive = true
  #ended = false
  #failure: unknown

  constructor(connection: ReservedSql, session: Session) {
    this.#connection = connection
    this.session = session
    const observed = (...parameters: Parameters<ReservedSql['unsafe']>) => this.#observed(connection.unsafe(...parameters))
    this.sql = new Proxy(connection, {
      apply: (target, self, parameters) => {
        this.#demandOpen()
        return this.#observed(Reflect.apply(target, self, parameters) as unknown)
      },
      get: (target, name) => {
        if (name !== 'unsafe') return Reflect.get(target, name) as unknown
        this.#demandOpen()
        return observed
      },
    })
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Why the first statement failed that did; undefined when none has. */
  get failure(): unknown {
    return this.#failure
  }

  lose(): void {
    this.#alive = false
  }

  /** What is left of the work, such as a branch that has not heard of the failure of another one, is not carried out. */
  end(): void {
    this.#ended = true
  }

  /**
   * For the end of a transaction, after the work. PostgreSQL answers the commit of a failed one with a rollback and no error, so
   * a work that has passed over a failure is told of it here.
   */
  async commit(): Promise<void> {
    if (!this.#alive) throw lost()
    const { command } = await this.#connection.unsafe('commit')
    if (command !== 'COMMIT') throw this.#failure ?? new Error(`the transaction ended with ${command}`)
  }

  async rollback(): Promise<void> {
    if (!this.#alive) throw lost()
    await this.#connection.unsafe('rollback')
  }

  release(): void {
    this.end()
    if (this.#alive) this.#connection.release()
  }

  /** Waiting for a query is what starts it, except in this way: what is only a part of another statement stays one. */
  #observed<T>(query: T): T {
    const note = (error: unknown) => {
      this.#failure ??= error
    }
    if (query instanceof Promise) void Promise.prototype.then.call(query, undefined, note)
    return query
  }

  #demandOpen(): void {
    if (!this.#alive) throw lost()
    if (this.#ended) throw new Error('a statement came after the work it belongs to had ended')
  }
}

export class Connections {
  readonly #open: (onclose: () => void) => Sql
  readonly #most: number
  readonly #patienceMs: number
  readonly #slots = new Set<Slot>()
  /** The one used last is taken first, so that those which are not needed grow old and are closed. */
  readonly #idle: Slot[] = []
  readonly #waiting = new Set<Waiter>()
  #closing = false

  /** `open` makes a client with one connection that tells when it closes. */
  constructor(open: (onclose: () => void) => Sql, most: number, patienceMs = PATIENCE_MS) {
    this.#open = open
    this.#most = most
    this.#patienceMs = patienceMs
  }

  /** Fails as soon as the connection closes, whatever the work is waiting for at that moment. */
  async lend<T>(work: (loan: Loan) => Promise<T>): Promise<T> {
    const slot = await this.#take()
    try {
      const loan = new Loan(await slot.client.reserve(), slot.session)
      const closed = new Promise<never>((_, reject) => {
        slot.onLost = () => {
          loan.lose()
          reject(lost())
        }
      })
      try {
        return await Promise.race([work(loan), closed])
      } finally {
        slot.onLost = undefined
        loan.release()
      }
    } finally {
      this.#giveBack(slot)
    }
  }

  /** Whoever waits is turned away; work under way may finish, until the time is up. */
  async close(timeoutSeconds: number): Promise<void> {
    this.#closing = true
    for (const waiter of [...this.#waiting]) waiter.refuse(ended())
    await Promise.all([...this.#slots].map(({ client }) => client.end({ timeout: timeoutSeconds })))
  }

  async #take(): Promise<Slot> {
    if (this.#closing) throw ended()
    const idle = this.#idle.pop()
    if (idle) return idle
    if (this.#slots.size < this.#most) return this.#newSlot()
    return new Promise<Slot>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer)
        this.#waiting.delete(waiter)
      }
      const waiter: Waiter = {
        take: (slot) => (settle(), resolve(slot)),
        refuse: (error) => (settle(), reject(error)),
      }
      const tired = () => waiter.refuse(new ConnectionFailure('CONNECT_TIMEOUT', 'no connection to the database became free in time'))
      const timer = setTimeout(tired, this.#patienceMs)
      this.#waiting.add(waiter)
    })
  }

  #newSlot(): Slot {
    const slot: Slot = { client: this.#open(() => this.#discard(slot)), session: { instanceId: undefined }, onLost: undefined }
    this.#slots.add(slot)
    return slot
  }

  /** The connection has closed, in use or not; nobody gets this client again. */
  #discard(slot: Slot): void {
    this.#slots.delete(slot)
    const place = this.#idle.indexOf(slot)
    if (place >= 0) this.#idle.splice(place, 1)
    slot.onLost?.()
  }

  #giveBack(slot: Slot): void {
    const [first] = this.#waiting
    if (!this.#slots.has(slot)) first?.take(this.#newSlot())
    else if (first) first.take(slot)
    else this.#idle.push(slot)
  }
}

const lost = () => new ConnectionFailure('CONNECTION_CLOSED', 'the connection to the database has closed')
const ended = () => new ConnectionFailure('CONNECTION_ENDED', 'the connections to the database are being closed')
