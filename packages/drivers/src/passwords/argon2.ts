/**
 * Passwords with argon2id, through Node's own implementation. A stored hash is a PHC string: it names its parameters, so
 * that they can be raised later and old hashes still verify.
 *
 * Each hash takes its memory for as long as it runs. So only a few run at once, the others wait their turn, and beyond a
 * certain queue new ones are refused: a flood of sign-ins costs time, never the server's memory.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { fail } from '@vitrine/domain/errors'
import type { Passwords } from '@vitrine/domain/ports/passwords'

export interface Argon2Options {
  readonly memoryKib: number
  readonly passes: number
  readonly parallelism: number
  /** Hashes computed at the same time. */
  readonly concurrency: number
  /** Hashes that may wait. */
  readonly queue: number
}

const DEFAULTS: Argon2Options = { memoryKib: 19_456, passes: 2, parallelism: 1, concurrency: 2, queue: 128 }
const TAG_BYTES = 32
const SALT_BYTES = 16
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/
/** A stored hash may come from elsewhere; one that asks for absurd work is not computed. */
const MOST_MEMORY_KIB = 1 << 18
const MOST_PASSES = 16

interface Stored {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly salt: Buffer
  readonly tag: Buffer
}

export class Argon2Passwords implements Passwords {
  readonly #options: Argon2Options
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: Partial<Argon2Options> = {}) {
    this.#options = { ...DEFAULTS, ...options }
  }

  async hash(password: string): Promise<string> {
    const { memoryKib: memory, passes, parallelism } = this.#options
    const salt = randomBytes(SALT_BYTES)
    const tag = await this.#compute(password, { memory, passes, parallelism, salt }, TAG_BYTES)
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`
  }

  async verify(password: string, stored: string | null): Promise<boolean> {
    const known = stored === null ? undefined : parse(stored)
    const { memoryKib: memory, passes, parallelism } = this.#options
    const expected = known ?? { memory, passes, parallelism, salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES) }
    const tag = await this.#compute(password, expected, expected.tag.length)
    return timingSafeEqual(tag, expected.tag) && known !== undefined
  }

  outdated(stored: string): boolean {
    const known = parse(stored)
    const { memoryKib, passes, parallelism } = this.#options
    return known?.memory !== memoryKib || known.passes !== passes || known.parallelism !== parallelism || known.tag.length !== TAG_BYTES
  }

  recognizes(stored: string): boolean {
    return parse(stored) !== undefined
  }

  async #compute(password: string, p: Omit<Stored, 'tag'>, tagLength: number): Promise<Buffer> {
    await this.#turn()
    try {
      // Two keyboards may write the same letter as one sign or as two; both have to open the door.
      const message = password.normalize('NFC')
      return await new Promise<Buffer>((resolve, reject) =>
        argon2('argon2id', { message, nonce: p.salt, memory: p.memory, passes: p.passes, parallelism: p.parallelism, tagLength }, (error, tag) =>
          error ? reject(error) : resolve(Buffer.from(tag)),
        ),
      )
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= this.#options.concurrency) {
      if (this.#waiting.length >= this.#options.queue)
        fail('TooManyRequests', { retryafter: 2 }, { note: 'too many passwords are being verified', retryable: true })
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#running++
  }
}

function parse(stored: string): Stored | undefined {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(stored) ?? []
  if (salt === undefined || tag === undefined) return undefined
  const found = {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
  const sensible =
    found.memory >= 8 * found.parallelism &&
    found.memory <= MOST_MEMORY_KIB &&
    found.passes >= 1 &&
    found.passes <= MOST_PASSES &&
    found.parallelism >= 1
  return sensible ? found : undefined
}

const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
