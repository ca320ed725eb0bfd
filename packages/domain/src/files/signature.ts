/**
 * Addresses of files that open them to whoever has the address, until they expire. A signature says for which version of which
 * file it is, and until when; it is made with a key of the instance, and nothing else can be reached with it.
 */
import { createHmac, createSecretKey, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto'
import type { Clock } from '../ports/clock.ts'
import type { SecretBox } from '../ports/secret-box.ts'
import type { SettingStore } from '../ports/settings.ts'

export interface SignedFile {
  readonly fileId: number
  readonly hash: string
  /** Name of the version, without an extension: what it can be had as is not what it is. */
  readonly version: string
}

export type SignatureJudgement = 'valid' | 'wrong' | 'expired'

const KEY_SETTING = 'file_signature_key'
const DAY_MS = 86_400_000
/** Expiries are rounded up to whole hours, so that an address stays the same for a while and browsers can keep what they got. */
const ROUND_MS = 3_600_000
const FORM = /^s1\.([0-9a-z]{1,9})\.([\w-]{43})$/

export class FileSignatures {
  readonly #ports: { readonly settings: SettingStore; readonly secretBox: SecretBox; readonly clock: Clock; readonly instanceId: string }
  #key: Promise<KeyObject> | undefined

  constructor(ports: { readonly settings: SettingStore; readonly secretBox: SecretBox; readonly clock: Clock; readonly instanceId: string }) {
    this.#ports = ports
  }

  /** Answers a function, so that a page of records asks for the key once. */
  async signer(days: number): Promise<(file: SignedFile) => string> {
    const key = await this.#keyOf()
    const expires = Math.ceil((this.#ports.clock().getTime() + days * DAY_MS) / ROUND_MS) * ROUND_MS
    const until = (expires / 1000).toString(36)
    return (file) => `s1.${until}.${macOf(key, file, until)}`
  }

  async judge(signature: string, file: SignedFile): Promise<SignatureJudgement> {
    const [, until, mac] = FORM.exec(signature) ?? []
    if (until === undefined || mac === undefined) return 'wrong'
    const expected = Buffer.from(macOf(await this.#keyOf(), file, until))
    if (!timingSafeEqual(expected, Buffer.from(mac))) return 'wrong'
    return Number.parseInt(until, 36) * 1000 > this.#ports.clock().getTime() ? 'valid' : 'expired'
  }

  #keyOf(): Promise<KeyObject> {
    if (this.#key) return this.#key
    const key = this.#load()
    this.#key = key
    key.catch(() => (this.#key = undefined))
    return key
  }

  async #load(): Promise<KeyObject> {
    const { settings, secretBox, instanceId } = this.#ports
    const place = `${KEY_SETTING} of ${instanceId}`
    const stored =
      (await settings.read(KEY_SETTING)) ?? (await settings.addOnce(KEY_SETTING, { key: secretBox.seal(randomBytes(32).toString('hex'), place) }))
    return createSecretKey(secretBox.open(String(stored['key']), place), 'hex')
  }
}

const macOf = (key: KeyObject, { fileId, hash, version }: SignedFile, until: string): string =>
  createHmac('sha256', key)
    .update(JSON.stringify([fileId, hash, version, until]))
    .digest('base64url')
