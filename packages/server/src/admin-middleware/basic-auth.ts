/**
 * HTTP Basic; the user name is not looked at. Wrong passphrases are counted per address, because each one costs the server
 * a slow hash; one that was just right passes at any rate, so a guesser behind the same address locks nobody out.
 */
import type { OperationEntry } from '@vitrine/contract'
import type { MiddlewareHandler } from 'hono'
import type { ServerEnv } from '../env.ts'
import { clientAddress } from '../http/client-address.ts'
import { PlainFailure } from './failures.ts'
import type { Passphrase } from './passphrase.ts'

const MOST_FAILURES = 10
const WINDOW_MS = 60_000
const MOST_ADDRESSES = 10_000

export class FailureCounter {
  readonly #counts = new Map<string, { failures: number; since: number }>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Seconds to wait before this address may try again; 0 when it may now. */
  waitSeconds(address: string): number {
    const count = this.#counts.get(address)
    if (!count || count.failures < MOST_FAILURES) return 0
    return Math.max(0, Math.ceil((count.since + WINDOW_MS - this.#now()) / 1000))
  }

  add(address: string): void {
    const count = this.#counts.get(address)
    const current = count && count.since + WINDOW_MS > this.#now() ? count : { failures: 0, since: this.#now() }
    this.#counts.delete(address)
    this.#counts.set(address, { ...current, failures: current.failures + 1 })
    const oldest = this.#counts.keys().next()
    if (this.#counts.size > MOST_ADDRESSES && !oldest.done) this.#counts.delete(oldest.value)
  }
}

export const basicAuth =
  (passphrase: Passphrase, failures: FailureCounter) =>
  ({ right }: OperationEntry): MiddlewareHandler<ServerEnv> =>
  async (c, next) => {
    if (right !== 'public') await check(c.req.header('authorization'), clientAddress(c), passphrase, failures)
    await next()
  }

async function check(header: string | undefined, address: string, passphrase: Passphrase, failures: FailureCounter): Promise<void> {
  const [, encoded] = /^Basic +(\S+) *$/i.exec(header ?? '') ?? []
  if (encoded === undefined)
    throw new PlainFailure(401, 'missing basic auth', { 'www-authenticate': 'Basic realm="administration", charset="UTF-8"' })
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const password = text.slice(text.indexOf(':') + 1)
  if (passphrase.isKnown(password)) return
  const wait = failures.waitSeconds(address)
  if (wait > 0) throw new PlainFailure(429, 'too many wrong passphrases', { 'retry-after': String(wait) })
  if (await passphrase.matches(password)) return
  failures.add(address)
  throw new PlainFailure(403, 'bad passphrase')
}
