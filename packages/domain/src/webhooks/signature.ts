/**
 * Signatures of messages. What is signed is the time with the bytes that are sent, so that neither can be changed and a message
 * cannot be sent again much later by somebody who has seen it. The other two headers are for receivers that know only those.
 */
import { createHmac } from 'node:crypto'

export function signatureHeaders(secret: string, body: Uint8Array, at: Date): Record<string, string> {
  const seconds = Math.floor(at.getTime() / 1000)
  const hex = (algorithm: string, ...parts: (string | Uint8Array)[]) => {
    const hmac = createHmac(algorithm, secret)
    for (const part of parts) hmac.update(part)
    return hmac.digest('hex')
  }
  return {
    'x-vitrine-signature': `t=${seconds},v1=${hex('sha256', `${seconds}.`, body)}`,
    'x-hub-signature-256': `sha256=${hex('sha256', body)}`,
    'x-hub-signature': `sha1=${hex('sha1', body)}`,
  }
}
