/** `info.json` of the IIIF Image API 3.0: what there is of an image and how it can be asked for. */
import type { ImageFormat } from '../ports/media.ts'
import { IIIF_FORMATS, LONGEST_SIDE, MOST_PIXELS, type ImageSize } from './image-request.ts'

export const TILE_SIDE = 512
/** Smaller than this there is no use in another size. */
const SMALLEST_SIDE = 100
/** Required ones, and another name of one. */
const UNTOLD = new Set(['jpg', 'png', 'web'])

export interface ImageInfo {
  readonly '@context': 'http://iiif.io/api/image/3/context.json'
  readonly id: string
  readonly type: 'ImageService3'
  readonly protocol: 'http://iiif.io/api/image'
  readonly profile: 'level2'
  readonly width: number
  readonly height: number
  readonly maxWidth: number
  readonly maxHeight: number
  readonly maxArea: number
  readonly sizes: ImageSize[]
  readonly tiles: { width: number; height: number; scaleFactors: number[] }[]
  readonly preferredFormats: string[]
  readonly extraFormats: string[]
  readonly extraQualities: string[]
  readonly extraFeatures: string[]
}

export function imageInfo(id: string, { width, height }: ImageSize, writable: ReadonlySet<ImageFormat>): ImageInfo {
  const factors = scaleFactors(width, height)
  const formats = Object.entries(IIIF_FORMATS).flatMap(([name, format]) => (writable.has(format) && !UNTOLD.has(name) ? [name] : []))
  return {
    '@context': 'http://iiif.io/api/image/3/context.json',
    id,
    type: 'ImageService3',
    protocol: 'http://iiif.io/api/image',
    profile: 'level2',
    width,
    height,
    maxWidth: LONGEST_SIDE,
    maxHeight: LONGEST_SIDE,
    maxArea: MOST_PIXELS,
    sizes: factors
      .map((factor) => ({ width: Math.ceil(width / factor), height: Math.ceil(height / factor) }))
      .filter((size) => Math.max(size.width, size.height) >= SMALLEST_SIDE)
      .toReversed(),
    tiles: [{ width: TILE_SIDE, height: TILE_SIDE, scaleFactors: [...factors] }],
    preferredFormats: ['jpg'],
    extraFormats: formats,
    extraQualities: ['color', 'gray', 'bitonal'],
    extraFeatures: ['canonicalLinkHeader', 'mirroring', 'profileLinkHeader', 'rotationArbitrary', 'sizeUpscaling'],
  }
}

/** Powers of two, until the whole image is one tile. */
function scaleFactors(width: number, height: number): number[] {
  const factors = [1]
  for (let factor = 1; Math.max(width, height) / factor > TILE_SIDE;) factors.push((factor *= 2))
  return factors
}
