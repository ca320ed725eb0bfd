/**
 * Signed statements about who has signed in. Each instance has a key of its own, made when it is first needed and kept
 * encrypted; of two servers that make one at the same moment, the first to store it wins and both use that.
 */
import { randomUUID } from 'node:crypto'
import { exportJWK, exportPKCS8, generateKeyPair, importPKCS8, SignJWT, type CryptoKey } from 'jose'
import type { Schemas } from '@vitrine/contract/instance'
import type { SecretBox } from '@vitrine/domain/ports/secret-box'
import type { SettingStore } from '@vitrine/domain/ports/settings'

const SETTING = 'oauth2.signing_key'
const ALGORITHM = 'RS256'

type PublicKey = Schemas['JsonWebKey']

interface SigningKey {
  readonly id: string
  readonly privateKey: CryptoKey
}

export interface Statement {
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  readonly signedInAt: Date
  readonly issuedAt: Date
  readonly expiresIn: number
  readonly nonce: string | undefined
}

export class IdTokens {
  readonly #settings: SettingStore
  readonly #box: SecretBox
  readonly #context: string
  #key: Promise<SigningKey> | undefined

  constructor(settings: SettingStore, box: SecretBox, instanceId: string) {
    this.#settings = settings
    this.#box = box
    this.#context = `${instanceId}/${SETTING}`
  }

  async sign(statement: Statement): Promise<string> {
    const key = await this.#signingKey()
    const issuedAt = seconds(statement.issuedAt)
    return new SignJWT({ auth_time: seconds(statement.signedInAt), ...(statement.nonce === undefined ? {} : { nonce: statement.nonce }) })
      .setProtectedHeader({ alg: ALGORITHM, kid: key.id, typ: 'JWT' })
      .setIssuer(statement.issuer)
      .setSubject(statement.subject)
      .setAudience(statement.audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + statement.expiresIn)
      .sign(key.privateKey)
  }

  /** The public half, to check signatures with. */
  async publicKey(): Promise<PublicKey> {
    const key = await this.#signingKey()
    const { n, e } = await exportJWK(key.privateKey)
    if (n === undefined || e === undefined) throw new Error('the signing key of the instance is not an RSA key')
    return { kty: 'RSA', n, e, kid: key.id, alg: ALGORITHM, use: 'sig' }
  }

  #signingKey(): Promise<SigningKey> {
    // A failure is not kept: the next one who asks tries again.
    this.#key ??= this.#load().catch((error: unknown) => {
      this.#key = undefined
      throw error
    })
    return this.#key
  }

  async #load(): Promise<SigningKey> {
    const kept = (await this.#settings.read(SETTING)) ?? (await this.#settings.addOnce(SETTING, await this.#made()))
    const pem = this.#box.open(String(kept['sealed']), this.#context)
    return { id: String(kept['kid']), privateKey: await importPKCS8(pem, ALGORITHM, { extractable: true }) }
  }

  async #made(): Promise<Readonly<Record<string, unknown>>> {
    const { privateKey } = await generateKeyPair(ALGORITHM, { modulusLength: 2048, extractable: true })
    return { kid: randomUUID(), sealed: this.#box.seal(await exportPKCS8(privateKey), this.#context) }
  }
}

const seconds = (moment: Date) => Math.floor(moment.getTime() / 1000)
