/** Addresses that Swift lets anybody read from for a while. */
import { createHmac } from 'node:crypto'
import type { SignedUrlOptions } from '@vitrine/domain/ports/blob-store'
import { encodedPath } from './swift-client.ts'

export interface TemporaryUrl extends SignedUrlOptions {
  readonly storageUrl: URL
  readonly container: string
  readonly key: string
  readonly secret: string
}

/**
 * The name for saving is taken out of `contentDisposition`, because Swift words the header itself; the type is the one that the object
 * was stored with, because Swift lets nobody choose another one.
 */
export function temporaryUrl({ storageUrl, container, key, secret, expiresSeconds, contentDisposition }: TemporaryUrl): string {
  const expires = Math.floor(Date.now() / 1000) + expiresSeconds
  // Signed is the name, sent is its encoding.
  const path = `${decodeURIComponent(storageUrl.pathname)}/${container}/${key}`
  const url = new URL(storageUrl.pathname + encodedPath(container, key), storageUrl)
  url.searchParams.set('temp_url_sig', createHmac('sha256', secret).update(`GET\n${expires}\n${path}`).digest('hex'))
  url.searchParams.set('temp_url_expires', String(expires))
  const name = fileName(contentDisposition)
  if (name !== null) url.searchParams.set('filename', name)
  if (/^\s*inline\b/i.test(contentDisposition)) url.searchParams.set('inline', '')
  return url.href
}

function fileName(disposition: string): string | null {
  const encoded = /filename\*\s*=\s*UTF-8''([^;\s]+)/i.exec(disposition)?.[1]
  const quoted = /filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1]
  try {
    return encoded === undefined ? (quoted?.replaceAll(/\\(.)/g, '$1') ?? null) : decodeURIComponent(encoded)
  } catch {
    // A name that is encoded wrongly is none.
    return null
  }
}
