/** For receivers of webhooks: whether a message really comes from the server, and is not an old one sent again. */

export interface WebhookMessage {
  /** The body exactly as it arrived, before anything has parsed it. */
  readonly body: Uint8Array | string
  /** Value of the header `X-Vitrine-Signature`. */
  readonly signature: string | null | undefined
  readonly secret: string
  /** How old a message may be, 300 seconds without it. */
  readonly toleranceSeconds?: number
  /** What time it is, for tests. */
  readonly now?: Date
}

const SIGNATURE = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/

/** True for a message that was signed with the secret a short while ago. Takes as long for a wrong signature as for a right one. */
export async function verifyWebhook({ body, signature, secret, toleranceSeconds = 300, now = new Date() }: WebhookMessage): Promise<boolean> {
  const [, seconds, hex] = SIGNATURE.exec(signature ?? '') ?? []
  if (seconds === undefined || hex === undefined || secret === '') return false
  if (Math.abs(now.getTime() / 1000 - Number(seconds)) > toleranceSeconds) return false
  const text = new TextEncoder()
  const key = await crypto.subtle.importKey('raw', text.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  const head = text.encode(`${seconds}.`)
  const rest = typeof body === 'string' ? text.encode(body) : body
  const signed = new Uint8Array(head.length + rest.length)
  signed.set(head)
  signed.set(rest, head.length)
  // The platform compares in constant time.
  return crypto.subtle.verify(
    'HMAC',
    key,
    Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)),
    signed,
  )
}
