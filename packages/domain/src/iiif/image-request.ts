/**
 * Requests of the IIIF Image API 3.0: what the segments of an address ask for, as a recipe. Order of the work is that of the segments:
 * region, size, rotation, quality, format. What is not a request at all, or asks for pixels that do not exist, is refused.
 */
import { fail } from '../errors.ts'
import type { Crop, ImageFormat, ImageRecipe } from '../ports/media.ts'

export interface ImageRequest {
  readonly region: string
  readonly size: string
  readonly rotation: string
  readonly quality: string
  readonly format: string
}

/** Of the upright image. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** Pixels in one answer, and the longest side of one; told in `info.json` of images that have more. */
export const MOST_PIXELS = 100_000_000
export const LONGEST_SIDE = 20_000

export const isBeyond = ({ width, height }: ImageSize): boolean => width * height > MOST_PIXELS || Math.max(width, height) > LONGEST_SIDE

export const IIIF_FORMATS: Readonly<Record<string, ImageFormat>> = {
  jpg: 'jpg',
  tif: 'tif',
  png: 'png',
  jp2: 'jp2',
  pdf: 'pdf',
  webp: 'webp',
  web: 'webp',
  gif: 'gif',
}
const QUALITIES: Readonly<Record<string, ImageRecipe['colorspace'] | null>> = { default: null, color: 'srgb', gray: 'gray', bitonal: 'bitonal' }

export interface AskedImage {
  readonly recipe: ImageRecipe
  /** Of the region at the size asked for, before rotation. */
  readonly width: number
  readonly height: number
  /** The same request in the one spelling that the specification prefers. */
  readonly canonical: string
}

export function askedImage(request: ImageRequest, image: ImageSize, writable: ReadonlySet<ImageFormat>): AskedImage {
  const format = IIIF_FORMATS[request.format]
  if (!format || !writable.has(format)) return refuse('format', request.format)
  const colorspace = request.quality in QUALITIES ? QUALITIES[request.quality] : refuse('quality', request.quality)
  const region = regionOf(request.region, image)
  const most = largest(region, false)
  const grown = largest(region, isBeyond(image))
  const { width, height } = sizeOf(request.size, region, { most, grown })
  if (isBeyond({ width, height })) refuse('size', request.size)
  const { rotate, mirrored } = rotationOf(request.rotation)
  const isWhole = region.width === image.width && region.height === image.height
  const isFull = width === region.width && height === region.height
  const recipe: ImageRecipe = {
    format,
    ...(!isWhole && { crop: region }),
    ...(!isFull && { resize: { width, height, fit: 'fill', enlarge: true } }),
    ...(mirrored && { mirror: 'y' }),
    ...(rotate !== 0 && { rotate }),
    ...(colorspace && { colorspace }),
    strip: true,
  }
  return { recipe, width, height, canonical: canonicalOf(request, { region, isWhole, width, height, most, grown, rotate, mirrored }) }
}

function regionOf(text: string, { width, height }: ImageSize): Crop {
  if (text === 'full') return { left: 0, top: 0, width, height }
  if (text === 'square') {
    const side = Math.min(width, height)
    return { left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), width: side, height: side }
  }
  const isShare = text.startsWith('pct:')
  const parts = (isShare ? text.slice(4) : text).split(',')
  if (parts.length !== 4 || !parts.every((part) => (isShare ? NUMBER : WHOLE).test(part))) return refuse('region', text)
  const [x = 0, y = 0, w = 0, h = 0] = parts.map(Number)
  const pixels = isShare ? [(x * width) / 100, (y * height) / 100, (w * width) / 100, (h * height) / 100].map(Math.round) : [x, y, w, h]
  const [left = 0, top = 0, wide = 0, high = 0] = pixels
  const inside = { left, top, width: Math.min(wide, width - left), height: Math.min(high, height - top) }
  return inside.width > 0 && inside.height > 0 ? inside : refuse('region', text)
}

const NUMBER = /^(\d+(\.\d+)?|\.\d+)$/
const WHOLE = /^\d+$/

/** The largest size that an answer may have, without pixels that there are not and with them. */
interface Largest {
  readonly most: ImageSize
  readonly grown: ImageSize
}

/** A caret permits more pixels than there are. */
function sizeOf(text: string, region: ImageSize, { most, grown }: Largest): ImageSize {
  const mayGrow = text.startsWith('^')
  // What `max` was called before version 3.
  const asked = text === 'full' ? 'max' : mayGrow ? text.slice(1) : text
  const size =
    asked === 'max' ? (mayGrow ? grown : most) : asked.startsWith('pct:') ? share(asked.slice(4), region, text) : sides(asked, region, text)
  const grows = size.width > region.width || size.height > region.height
  return size.width < 1 || size.height < 1 || (grows && !mayGrow) ? refuse('size', text) : size
}

/** As large as one answer may be; without `mayGrow` no larger than the region. An image that tells no limits has none to grow to. */
function largest(region: ImageSize, mayGrow: boolean): ImageSize {
  const scale = mostScale(region)
  return scale >= 1 && !mayGrow ? { width: region.width, height: region.height } : scaled(region, scale)
}

/** By how much a region can grow, or has to shrink, until it fits into one answer. */
const mostScale = ({ width, height }: ImageSize) => Math.min(LONGEST_SIDE / Math.max(width, height), Math.sqrt(MOST_PIXELS / (width * height)))

function share(text: string, { width, height }: ImageSize, whole: string): ImageSize {
  if (!NUMBER.test(text)) refuse('size', whole)
  const scale = Number(text) / 100
  return { width: Math.round(width * scale), height: Math.round(height * scale) }
}

function sides(text: string, region: ImageSize, whole: string): ImageSize {
  const [, within = '', first = '', second = ''] = /^(!?)(\d*),(\d*)$/.exec(text) ?? refuse('size', whole)
  const [width, height] = [first, second].map((side) => (side === '' ? null : Number(side))) as [number | null, number | null]
  if (width !== null && height !== null) {
    if (within === '') return { width, height }
    return scaled(region, Math.min(width / region.width, height / region.height, mostScale(region)))
  }
  if (within !== '' || (width === null && height === null)) return refuse('size', whole)
  return width === null
    ? { width: Math.max(1, Math.round((region.width * (height ?? 0)) / region.height)), height: height ?? 0 }
    : { width, height: Math.max(1, Math.round((region.height * width) / region.width)) }
}

/** Rounded, but never beyond one answer. */
function scaled({ width, height }: ImageSize, scale: number): ImageSize {
  const [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * scale))) as [number, number]
  return wide * high <= MOST_PIXELS ? { width: wide, height: high } : { width: Math.floor(width * scale), height: Math.floor(height * scale) }
}

function rotationOf(text: string): { readonly rotate: number; readonly mirrored: boolean } {
  const mirrored = text.startsWith('!')
  const degrees = mirrored ? text.slice(1) : text
  if (!NUMBER.test(degrees) || Number(degrees) > 360) refuse('rotation', text)
  return { rotate: Number(degrees) % 360, mirrored }
}

interface Parts extends ImageSize, Largest {
  readonly region: Crop
  readonly isWhole: boolean
  readonly rotate: number
  readonly mirrored: boolean
}

function canonicalOf({ quality, format }: ImageRequest, { region, isWhole, width, height, most, grown, rotate, mirrored }: Parts): string {
  const where = isWhole ? 'full' : `${region.left},${region.top},${region.width},${region.height}`
  const caret = width > region.width || height > region.height ? '^' : ''
  const size = isSame(most, { width, height }) ? 'max' : isSame(grown, { width, height }) ? '^max' : `${caret}${width},${height}`
  return `${where}/${size}/${mirrored ? '!' : ''}${decimal(rotate)}/${quality}.${format}`
}

const isSame = (one: ImageSize, other: ImageSize) => one.width === other.width && one.height === other.height
/** Digits and a point, however small it is. */
const decimal = (number: number) => (Number.isInteger(number) ? String(number) : number.toFixed(9).replace(/\.?0+$/, ''))

const refuse = (param: string, value: string): never => fail('RecipeParamUnsupportedValue', { param, value })
