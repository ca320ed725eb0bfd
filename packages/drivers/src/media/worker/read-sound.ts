/** What is in a file of sound. */
import type { MediaFacts, MetadataTag } from '@vitrine/domain/ports/media'
import { MediaFailure } from '@vitrine/domain/ports/media'
import { parseFile, type IAudioMetadata } from 'music-metadata'

/** The library names the list in RIFF files after that of cameras. */
const GROUPS: Partial<Record<string, string>> = { exif: 'RIFF' }
const MOST_TAGS = 500
const MOST_CHARS = 16_384

export async function readSound(path: string): Promise<MediaFacts> {
  const { format, native } = await parse(path)
  if (format.duration === undefined && format.sampleRate === undefined) throw new MediaFailure('broken', 'no sound is found in it')
  const technical = {
    ...(format.duration === undefined ? {} : { duration: format.duration }),
    ...(format.codec === undefined ? {} : { audio_codec: [format.codec] }),
  }
  const tags = Object.entries(native).flatMap(([group, found]) => found.flatMap(({ id, value }) => tagOf(GROUPS[group] ?? group, id, value)))
  return { technical, tags: tags.slice(0, MOST_TAGS) }
}

async function parse(path: string): Promise<IAudioMetadata> {
  try {
    return await parseFile(path, { duration: true, skipCovers: true })
  } catch (error) {
    throw new MediaFailure('broken', error instanceof Error ? error.message : 'it cannot be read', error)
  }
}

function tagOf(group: string, name: string, value: unknown): MetadataTag[] {
  const plain = typeof value === 'object' && value !== null && 'text' in value ? value.text : value
  if (typeof plain === 'number' || typeof plain === 'boolean') return [{ group, name, value: plain, print: String(plain) }]
  if (typeof plain !== 'string') return []
  const text = plain.slice(0, MOST_CHARS).replaceAll('\u0000', ' ').trim()
  return [{ group, name, value: text, print: text }]
}
