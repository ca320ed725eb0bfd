/**
 * The passphrase of the administration API. Only a salted scrypt hash of it is kept, in the form operators know from a
 * password file: `scrypt$N$r$p$<salt>$<key>`, both hexadecimal.
 *
 * The hash is slow on purpose, which would let anybody keep the server busy. So a passphrase that was right is right for
 * some seconds more, and the same question asked twice at once is worked out once.
 */
import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

interface Parameters {
  readonly N: number
  readonly r: number
  readonly p: number
  readonly salt: Buffer
  readonly key: Buffer
}

const CURRENT = { N: 32_768, r: 8, p: 1 }
const KEY_BYTES = 32
const REMEMBER_MS = 5000
/** scrypt needs 128·N·r bytes; what a hash file may ask for ends somewhere. */
const MOST_MEMORY = 256 * 1024 * 1024

export class Passphrase {
  readonly #parameters: Parameters
  readonly #now: () => number
  readonly #secret = randomBytes(32)
  readonly #underway = new Map<string, Promise<boolean>>()
  #right: { digest: string; until: number } | undefined

  private constructor(parameters: Parameters, now: () => number) {
    this.#parameters = parameters
    this.#now = now
  }

  /** From a line of a password file. Throws when it is not one. */
  static fromHash(line: string, now: () => number = () => performance.now()): Passphrase {
    const [, N, r, p, salt, key] = /^scrypt\$(\d{1,9})\$(\d{1,4})\$(\d{1,4})\$([0-9a-f]{16,256})\$([0-9a-f]{32,256})\s*$/.exec(line) ?? []
    if (N === undefined || r === undefined || p === undefined || salt === undefined || key === undefined)
      throw new Error('the hash of the administration passphrase cannot be read')
    return new Passphrase({ N: Number(N), r: Number(r), p: Number(p), salt: Buffer.from(salt, 'hex'), key: Buffer.from(key, 'hex') }, now)
  }

  static async fromText(text: string, now?: () => number): Promise<Passphrase> {
    return Passphrase.fromHash(await hashPassphrase(text), now)
  }

  /** Whether this passphrase was found to be the right one a moment ago; costs nothing. */
  isKnown(text: string): boolean {
    return this.#right !== undefined && this.#right.until > this.#now() && this.#right.digest === this.#digest(text)
  }

  async matches(text: string): Promise<boolean> {
    if (this.isKnown(text)) return true
    const digest = this.#digest(text)
    const asked = this.#underway.get(digest) ?? this.#verify(text, digest).finally(() => this.#underway.delete(digest))
    this.#underway.set(digest, asked)
    return asked
  }

  async #verify(text: string, digest: string): Promise<boolean> {
    const { key, ...cost } = this.#parameters
    const matches = timingSafeEqual(await derive(text, cost, key.length), key)
    if (matches) this.#right = { digest, until: this.#now() + REMEMBER_MS }
    return matches
  }

  /** Keyed, so that a memory dump does not offer a fast hash to try passwords on. */
  #digest(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64')
  }
}

export async function hashPassphrase(text: string, salt: Buffer = randomBytes(16)): Promise<string> {
  const key = await derive(text, { ...CURRENT, salt }, KEY_BYTES)
  return `scrypt$${CURRENT.N}$${CURRENT.r}$${CURRENT.p}$${salt.toString('hex')}$${key.toString('hex')}`
}

const derive = (text: string, { N, r, p, salt }: Omit<Parameters, 'key'>, bytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(text, salt, bytes, { N, r, p, maxmem: MOST_MEMORY }, (error, key) => (error ? reject(error) : resolve(key)))
  })
