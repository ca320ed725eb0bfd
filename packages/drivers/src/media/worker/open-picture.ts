/** Any kind of picture as something libvips can work on, upright, with its size known before its pixels are. */
import { readFile, stat } from 'node:fs/promises'
import { MediaFailure } from '@vitrine/domain/ports/media'
import type { Metadata, Sharp, SharpOptions } from 'sharp'
import type { PictureKind } from '../kinds.ts'
import type { MediaLimits } from '../limits.ts'
import { allow, type Size } from '../sizes.ts'
import { decodeBmp } from './codecs/bmp.ts'
import { decodeHeic } from './codecs/heic.ts'
import { decodeJp2 } from './codecs/jp2.ts'
import { decodePsd } from './codecs/psd.ts'
import { asTiff, type Pixels } from './pixels.ts'
import { opening, sharp, strict } from './vips.ts'

export interface Picture {
  /** Of the upright image. */
  readonly size: Size
  readonly metadata: Metadata
  /** What the tags are read from where that is not the file. */
  readonly wrapped?: Buffer
  /** A drawing: it may be had at any size. */
  readonly drawing: boolean
  /** Upright; a drawing is drawn so many times as large as it says it is. */
  pipeline(zoom?: number): Sharp
}

const DRAWING_DPI = 72
const MOST_DPI = 100_000

export async function openPicture(kind: PictureKind, path: string, limits: MediaLimits, page = 1): Promise<Picture> {
  switch (kind) {
    case 'image':
      return plausible(await openImage(path, { ...strict(limits), page: page - 1 }), path)
    case 'svg':
      return openDrawing(await whole(path, limits), limits)
    case 'heic':
      return openHeic(path, limits)
    case 'jp2':
      return wrapped(await decodeJp2(await whole(path, limits), limits.pixels), limits, false)
    case 'bmp':
      return wrapped(decodeBmp(await whole(path, limits), limits.pixels), limits, false)
    case 'psd':
      return wrapped(decodePsd(await whole(path, limits), limits.pixels), limits, true)
  }
}

async function openImage(input: string | Buffer, options: SharpOptions): Promise<Picture> {
  if (options.page !== undefined && options.page > 0) await mustHavePage(input, options)
  const metadata = await opening(async () => sharp(input, options).metadata())
  return { size: metadata.autoOrient, metadata, drawing: false, pipeline: () => sharp(input, options).autoOrient() }
}

async function mustHavePage(input: string | Buffer, { page = 0, ...options }: SharpOptions): Promise<void> {
  const { pages = 1 } = await opening(async () => sharp(input, options).metadata())
  if (page >= pages) throw new MediaFailure('unsupported', `there is no page ${page + 1} among ${pages}`)
}

/**
 * A JPEG spends a bit at least on every block of 8 by 8 pixels. One that has fewer says it is larger than it is, and its decoder
 * would fill the rest with gray.
 */
async function plausible(picture: Picture, path: string): Promise<Picture> {
  if (picture.metadata.format !== 'jpeg') return picture
  const { size } = await stat(path)
  const { width, height } = picture.size
  if (size * 8 < (width * height) / 64) throw new MediaFailure('broken', `${size} bytes are too few for ${width} x ${height} pixels`)
  return picture
}

/** From memory, because beside a file on a disk a drawing may include its neighbours. */
async function openDrawing(file: Buffer, limits: MediaLimits): Promise<Picture> {
  const at = (density: number) => sharp(file, { ...strict(limits), density })
  const metadata = await opening(async () => at(DRAWING_DPI).metadata())
  const size = { width: metadata.width, height: metadata.height }
  allow(size, limits.pixels, 'the image has')
  return { size, metadata, drawing: true, pipeline: (zoom = 1) => at(Math.min(MOST_DPI, Math.max(1, DRAWING_DPI * zoom))) }
}

async function openHeic(path: string, limits: MediaLimits): Promise<Picture> {
  const plain = await openImage(path, strict(limits))
  if (plain.metadata.compression === 'av1') return plain
  const pixels = await decodeHeic(await whole(path, limits), limits.pixels, plain.metadata.icc)
  const decoded = await wrapped(pixels, limits, false)
  return { ...decoded, metadata: { ...decoded.metadata, bitsPerSample: plain.metadata.bitsPerSample } }
}

async function wrapped(pixels: Pixels, limits: MediaLimits, withTags: boolean): Promise<Picture> {
  const file = asTiff(pixels)
  const picture = await openImage(file, strict(limits))
  return withTags ? { ...picture, wrapped: file } : picture
}

async function whole(path: string, { wholeFileBytes }: MediaLimits): Promise<Buffer> {
  const { size } = await stat(path)
  if (size > wholeFileBytes)
    throw new MediaFailure('too-large', `the file has ${size} bytes, more than the ${wholeFileBytes} that are opened at once`)
  return readFile(path)
}
