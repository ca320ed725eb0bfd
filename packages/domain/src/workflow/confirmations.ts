/**
 * Answers to questions, as tokens. A token says that the server asked this caller exactly this; it is worked out from all that
 * the question depended on, so it fits nothing else: no other caller, request or instance, and no record or rule that has changed
 * since. Nothing is stored for it. Whoever repeats the identical request in time may use it again; where the request changes a
 * record, the record's version is then another and the token fits no more.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../ports/clock.ts'
import type { SecretBox } from '../ports/secret-box.ts'
import type { SettingStore } from '../ports/settings.ts'

const SETTING = 'confirmations.key'
/** Time enough to read a question; the contract of `confirmTransition` names it. */
export const CONFIRMATION_SECONDS = 600

export interface ConfirmationPorts {
  readonly settings: SettingStore
  readonly secretBox: SecretBox
  readonly clock: Clock
  readonly instanceId: string
}

/** Everything that a question depends on; `purpose` keeps different questions apart. Made of plain values in a fixed order. */
export interface Question {
  readonly purpose: string
  readonly facts: unknown
}

export interface Confirmer {
  sign(question: Question): string
  /** False for anything but a token that was signed for the same question, and not too long ago. */
  isSigned(token: string | null, question: Question): boolean
}

export class Confirmations {
  readonly #ports: ConfirmationPorts
  readonly #context: string
  #confirmer: Promise<Confirmer> | undefined

  constructor(ports: ConfirmationPorts) {
    this.#ports = ports
    this.#context = `${ports.instanceId}/${SETTING}`
  }

  /** To be called before a transaction: the key is read when it is first needed. */
  confirmer(): Promise<Confirmer> {
    // A failure is not kept: the next one who asks tries again.
    this.#confirmer ??= this.#load().catch((error: unknown) => {
      this.#confirmer = undefined
      throw error
    })
    return this.#confirmer
  }

  async #load(): Promise<Confirmer> {
    const { settings, secretBox, clock } = this.#ports
    // Of two servers that make a key at the same moment, the first to store it wins and both use that.
    const made = () => ({ sealed: secretBox.seal(randomBytes(32).toString('base64url'), this.#context) })
    const kept = (await settings.read(SETTING)) ?? (await settings.addOnce(SETTING, made()))
    return confirmerWith(Buffer.from(secretBox.open(String(kept['sealed']), this.#context), 'base64url'), clock)
  }
}

/** `<second of expiry in base 36>.<signature>`; the signature covers both. */
export function confirmerWith(key: Buffer, clock: Clock): Confirmer {
  const now = () => Math.floor(clock().getTime() / 1000)
  const signature = (expiry: string, { purpose, facts }: Question) =>
    createHmac('sha256', key)
      .update(JSON.stringify([purpose, expiry, facts]))
      .digest()
  return {
    sign(question) {
      const expiry = (now() + CONFIRMATION_SECONDS).toString(36)
      return `${expiry}.${signature(expiry, question).toString('base64url')}`
    },
    isSigned(token, question) {
      const [, expiry, sent] = /^([0-9a-z]{1,10})\.([\w-]{43})$/.exec(token ?? '') ?? []
      if (expiry === undefined || sent === undefined) return false
      const fits = timingSafeEqual(Buffer.from(sent, 'base64url'), signature(expiry, question))
      return fits && Number.parseInt(expiry, 36) > now()
    },
  }
}

/** What a request asks for, in a few letters: hand over everything that makes it this request, but no answers to questions. */
export const requestDigest = (...parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
