/** The type of a file by its first bytes. */
import type { DetectedType } from '@vitrine/domain/ports/media'
import { fileTypeFromBuffer } from 'file-type'
import { textType } from './text-type.ts'

/**
 * The library follows some kinds deep into the file to tell them from their relatives, and gives up where these bytes end: a
 * TIFF has its directory anywhere, a song may start with a picture. Their beginning alone says enough.
 */
const BEGINNINGS: readonly (readonly [start: string, type: DetectedType])[] = [
  ['II*\0', { mimeType: 'image/tiff', extension: 'tif' }],
  ['MM\0*', { mimeType: 'image/tiff', extension: 'tif' }],
  ['II+\0', { mimeType: 'image/tiff', extension: 'tif' }],
  ['MM\0+', { mimeType: 'image/tiff', extension: 'tif' }],
  ['\x89PNG\r\n\x1a\n', { mimeType: 'image/png', extension: 'png' }],
  ['ID3', { mimeType: 'audio/mpeg', extension: 'mp3' }],
  ['OggS', { mimeType: 'audio/ogg', extension: 'ogg' }],
  ['0&\xb2u\x8ef\xcf\x11', { mimeType: 'video/x-ms-asf', extension: 'asf' }],
  ['PK\x03\x04', { mimeType: 'application/zip', extension: 'zip' }],
]

export async function detect(head: Uint8Array): Promise<DetectedType | null> {
  if (head.length === 0) return null
  const found = await byMagic(head)
  // Of a text the library knows no more than its first line.
  if (found !== undefined && found.ext !== 'xml') return { mimeType: plainMime(found.mime), extension: found.ext }
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 16)).toString('latin1')
  return BEGINNINGS.find(([beginning]) => start.startsWith(beginning))?.[1] ?? textType(head)
}

/** Without parameters, and with the registered name for streams of MPEG, of which the library tells two kinds apart. */
function plainMime(mime: string): string {
  return /^video\/MP[12][SP]$/i.test(mime) ? 'video/mpeg' : mime.replace(/;.*/, '')
}

async function byMagic(head: Uint8Array): Promise<{ mime: string; ext: string } | undefined> {
  try {
    return await fileTypeFromBuffer(head)
  } catch {
    // It follows what the file says about itself and may run into nonsense; then it has found nothing.
    return undefined
  }
}
