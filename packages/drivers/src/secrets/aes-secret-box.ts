/** Secrets at rest with AES-256-GCM. The context is authenticated with them, so a sealed text cannot be moved elsewhere. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { SecretBox } from '@vitrine/domain/ports/secret-box'

const PREFIX = 'aes-256-gcm:1:'
const NONCE_BYTES = 12
const TAG_BYTES = 16

export class AesSecretBox implements SecretBox {
  readonly #key: Buffer

  /** `secret` is a long random text; the key proper is derived from it. */
  constructor(secret: string) {
    if (secret.length < 32) throw new Error('the encryption key needs at least 32 characters')
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'vitrine secrets at rest', 32))
  }

  seal(text: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(context))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return PREFIX + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')
  }

  open(sealed: string, context: string): string {
    if (!sealed.startsWith(PREFIX)) throw new Error('not a sealed secret')
    const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64')
    const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(context)).setAuthTag(tag)
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  }
}
