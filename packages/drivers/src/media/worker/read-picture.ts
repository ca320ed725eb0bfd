/** What is in a picture. All of its pixels are decoded once, so that one which is cut off is not taken for whole. */
import { open } from 'node:fs/promises'
import type { MediaFacts, TechnicalMetadata } from '@vitrine/domain/ports/media'
import { encode } from 'blurhash'
import type { Metadata } from 'sharp'
import type { Kind, PictureKind } from '../kinds.ts'
import type { MediaLimits } from '../limits.ts'
import { allow } from '../sizes.ts'
import { shapeOf } from '../shape.ts'
import { openPicture, type Picture } from './open-picture.ts'
import { flatTags, rawTags, type RawTags } from './tags.ts'
import { taggedFacts } from './tagged-facts.ts'
import { opening } from './vips.ts'

/** Tags lie near the beginning or the end; of larger files only the beginning is looked through. */
const WHOLE_BYTES = 256 * 1024 * 1024
const BEGINNING_BYTES = 16 * 1024 * 1024
const BLURHASH_SIDE = 32
const DEPTHS: Partial<Record<string, number>> = { uchar: 8, char: 8, ushort: 16, short: 16, uint: 32, int: 32, float: 32, double: 64 }
const SPACES: Partial<Record<string, string>> = { srgb: 'sRGB', rgb: 'sRGB', rgb16: 'sRGB', 'b-w': 'Gray', grey16: 'Gray', cmyk: 'CMYK', lab: 'Lab' }

export async function readPicture(kind: Kind, path: string, limits: MediaLimits): Promise<MediaFacts> {
  const picture = await openPicture(kind as PictureKind, path, limits)
  allow(picture.size, limits.pixels, 'the image has')
  const blurhash = await opening(async () => blurhashOf(picture))
  const raw = kind === 'svg' ? {} : rawTags(picture.wrapped ?? (await beginning(path)))
  return { technical: technicalOf(picture, raw, blurhash), tags: flatTags(raw) }
}

async function blurhashOf(picture: Picture): Promise<string> {
  const { data, info } = await picture
    .pipeline()
    .resize({ width: BLURHASH_SIDE, height: BLURHASH_SIDE, fit: 'inside' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  return encode(new Uint8ClampedArray(data), info.width, info.height, 4, 3)
}

async function beginning(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const buffer = Buffer.alloc(size > WHOLE_BYTES ? BEGINNING_BYTES : size)
    await file.read(buffer, 0, buffer.length, 0)
    return buffer
  } finally {
    await file.close()
  }
}

function technicalOf({ size, metadata }: Picture, raw: RawTags, blurhash: string): TechnicalMetadata {
  const count = metadata.pages ?? 1
  const pages = metadata.format === 'tiff' && count > 1 ? { pages: count } : {}
  return { ...shapeOf(size), ...samplesOf(metadata), ...pages, ...taggedFacts(raw, metadata), blurhash }
}

function samplesOf({ space, channels, bitsPerSample, depth }: Metadata): TechnicalMetadata {
  const bits = bitsPerSample ?? DEPTHS[depth]
  return { colorspace: SPACES[space] ?? space, samples_per_pixel: channels, ...(bits === undefined ? {} : { colordepth: bits }) }
}
