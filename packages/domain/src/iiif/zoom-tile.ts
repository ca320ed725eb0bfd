/** Tiles for viewers that zoom: the whole image is thought of as scaled to a width, and cut into squares. */
import { fail } from '../errors.ts'
import type { ImageRecipe } from '../ports/media.ts'
import type { ImageSize } from './image-request.ts'

export interface ZoomRequest {
  /** Width in pixels that the whole image is scaled to. */
  readonly viewport: number
  /** Side of a tile. */
  readonly tile: number
  /** Column and row of the tile, from 0. */
  readonly x: number
  readonly y: number
  readonly format: 'png' | 'jpg'
}

export const DEFAULT_TILE = 320
const SMALLEST_VIEWPORT = 100
const LARGEST_VIEWPORT = 200_000
const LARGEST_TILE = 4096

/** Fails with RecipeParamUnsupportedValue for tiles that do not exist. */
export function zoomTile({ viewport, tile, x, y, format }: ZoomRequest, image: ImageSize): ImageRecipe {
  if (viewport < SMALLEST_VIEWPORT || viewport > LARGEST_VIEWPORT) refuse('viewport', viewport)
  if (tile < 1 || tile > LARGEST_TILE) refuse('size', tile)
  const scale = image.width / viewport
  const high = Math.max(1, Math.round(image.height / scale))
  const [left, top] = [x * tile, y * tile]
  if (left >= viewport || top >= high) refuse('part', `${x}x${y}`)
  const [width, height] = [Math.min(tile, viewport - left), Math.min(tile, high - top)]
  const [from, to] = [Math.floor(left * scale), Math.ceil((left + width) * scale)]
  const [above, below] = [Math.floor((top * image.height) / high), Math.ceil(((top + height) * image.height) / high)]
  return {
    format,
    crop: { left: from, top: above, width: Math.min(to, image.width) - from, height: Math.min(below, image.height) - above },
    resize: { width, height, fit: 'fill', enlarge: true },
    background: '#ffffff',
    strip: true,
  }
}

const refuse = (param: string, value: string | number): never => fail('RecipeParamUnsupportedValue', { param, value: String(value) })
