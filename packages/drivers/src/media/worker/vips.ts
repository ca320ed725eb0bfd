/** The one place that loads libvips and says what it may open. */
import { MediaFailure } from '@vitrine/domain/ports/media'
import sharp, { type SharpOptions } from 'sharp'
import type { MediaLimits } from '../limits.ts'

sharp.concurrency(1)
sharp.cache(false)
// Everything it could read is closed, then what is wanted is opened: a reader added by a later release stays closed.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif', 'Svg'].map((reader) => `VipsForeignLoad${reader}`) })

const MOST_CHARS = 400

export { sharp }

export function strict(limits: MediaLimits): SharpOptions {
  return { limitInputPixels: limits.pixels, failOn: 'error', unlimited: false, pages: 1 }
}

/** Runs a step of libvips and turns its complaints into ours. */
export async function opening<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw error instanceof Error ? failureOf(error) : error
  }
}

function failureOf(error: Error): Error {
  if (error instanceof MediaFailure) return error
  const message = withoutPaths(error.message)
  if (/pixel limit|too large|dimensions exceed|security limit/i.test(message)) return new MediaFailure('too-large', message, error)
  // These are about this machine, not about the file.
  if (/no space left|unable to open for write|is missing|no such file|permission denied|EMFILE/i.test(message)) return error
  return new MediaFailure('broken', message, error)
}

/** What is shown to people names no folder of the server, and nothing twice. */
function withoutPaths(message: string): string {
  const lines = message.split('\n').map((line) => line.replaceAll(/(?:\/[^\s:/]+)+\/?/g, 'the file').trim())
  return [...new Set(lines)]
    .filter((line) => line !== '' && !line.includes('bad seek'))
    .join('; ')
    .slice(0, MOST_CHARS)
}
