/** `info.json` of the IIIF Image API: what there is of an image and how it can be asked for. */
import type { ImageFormat } from '../ports/media.ts'
import { IIIF_FORMATS, isBeyond, LONGEST_SIDE, MOST_PIXELS, type ImageSize } from './image-request.ts'

export const TILE_SIDE = 512
/** Smaller than this there is no use in another size. */
const SMALLEST_SIDE = 100
/** Required ones, and another name of one. */
const UNTOLD = new Set(['jpg', 'png', 'web'])

interface Sizes {
  readonly protocol: 'http://iiif.io/api/image'
  readonly width: number
  readonly height: number
  readonly sizes: ImageSize[]
  readonly tiles: { width: number; height: number; scaleFactors: number[] }[]
}
interface Limits {
  readonly maxWidth: number
  readonly maxHeight: number
  readonly maxArea: number
}
/** Told only where they make a difference: viewers scale `^max` up to whatever is told. */
const limitsOf = (image: ImageSize): Partial<Limits> =>
  isBeyond(image) ? { maxWidth: LONGEST_SIDE, maxHeight: LONGEST_SIDE, maxArea: MOST_PIXELS } : {}

export interface ImageInfo extends Sizes, Partial<Limits> {
  readonly '@context': typeof CONTEXT_3
  readonly id: string
  readonly type: 'ImageService3'
  readonly profile: 'level2'
  readonly preferredFormats: string[]
  readonly extraFormats: string[]
  readonly extraQualities: string[]
  readonly extraFeatures: string[]
}
export const CONTEXT_3 = 'http://iiif.io/api/image/3/context.json'

export function imageInfo(id: string, image: ImageSize, writable: ReadonlySet<ImageFormat>): ImageInfo {
  return {
    '@context': CONTEXT_3,
    id,
    type: 'ImageService3',
    profile: 'level2',
    ...sizesOf(image),
    ...limitsOf(image),
    preferredFormats: ['jpg'],
    extraFormats: formatsBeyond(writable),
    extraQualities: ['color', 'gray', 'bitonal'],
    extraFeatures: ['canonicalLinkHeader', 'mirroring', 'profileLinkHeader', 'rotationArbitrary', 'sizeUpscaling'],
  }
}

/** The same as viewers know it that were made for version 2. */
export interface ImageInfo2 extends Sizes {
  readonly '@context': typeof CONTEXT_2
  readonly '@id': string
  readonly profile: [string, Partial<Limits> & { readonly formats: string[]; readonly qualities: string[]; readonly supports: string[] }]
}
export const CONTEXT_2 = 'http://iiif.io/api/image/2/context.json'

export function imageInfo2(id: string, image: ImageSize, writable: ReadonlySet<ImageFormat>): ImageInfo2 {
  const beyond = {
    ...limitsOf(image),
    formats: ['jpg', 'png', ...formatsBeyond(writable)],
    qualities: ['default', 'color', 'gray', 'bitonal'],
    supports: ['canonicalLinkHeader', 'mirroring', 'profileLinkHeader', 'regionSquare', 'rotationArbitrary'],
  }
  return { '@context': CONTEXT_2, '@id': id, profile: ['http://iiif.io/api/image/2/level2.json', beyond], ...sizesOf(image) }
}

function sizesOf({ width, height }: ImageSize): Sizes {
  const factors = scaleFactors(width, height)
  const sizes = factors.map((factor) => ({ width: Math.ceil(width / factor), height: Math.ceil(height / factor) }))
  return {
    protocol: 'http://iiif.io/api/image',
    width,
    height,
    sizes: sizes.filter(isWorthAsking).toReversed(),
    tiles: [{ width: TILE_SIDE, height: TILE_SIDE, scaleFactors: factors }],
  }
}

const isWorthAsking = (size: ImageSize) => Math.max(size.width, size.height) >= SMALLEST_SIDE && !isBeyond(size)

const formatsBeyond = (writable: ReadonlySet<ImageFormat>) =>
  Object.entries(IIIF_FORMATS).flatMap(([name, format]) => (writable.has(format) && !UNTOLD.has(name) ? [name] : []))

/** Powers of two, until the whole image is one tile. */
function scaleFactors(width: number, height: number): number[] {
  const factors = [1]
  for (let factor = 1; Math.max(width, height) / factor > TILE_SIDE;) factors.push((factor *= 2))
  return factors
}
