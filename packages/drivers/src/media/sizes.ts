/** The arithmetic of a recipe: how large an image is after each step, known before a pixel is touched. */
import { MediaFailure, type Crop, type ImageFormat, type ImageRecipe } from '@vitrine/domain/ports/media'

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Plan {
  /** Null: all of it. `outside`: nothing of the image is left, one pixel is made. */
  readonly crop: Crop | 'outside' | null
  /** Null: as large as it is. */
  readonly resize: {
    readonly size: Size
    readonly fit: 'fill' | 'cover' | 'contain'
    /** The largest image in `contain`. */ readonly inner?: Size
  } | null
  readonly mirror: 'x' | 'y' | null
  /** 0 up to, not including, 360. */
  readonly degrees: number
  readonly size: Size
}

const MOST_PER_SIDE: Partial<Record<ImageFormat, number>> = { jpg: 65_535, pdf: 65_535, gif: 65_535, webp: 16_383, psd: 30_000, bmp: 32_767 }
const ONE_PIXEL: Size = { width: 1, height: 1 }

/** Fails as `too-large` when any step of it would be larger than `pixels` or than the format can say. */
export function planOf(upright: Size, recipe: ImageRecipe, pixels: number): Plan {
  allow(upright, pixels, 'the image has')
  const crop = recipe.crop === undefined ? null : clip(recipe.crop, upright)
  const mirror = recipe.mirror ?? null
  if (crop === 'outside') return { crop, resize: null, mirror: null, degrees: 0, size: ONE_PIXEL }
  const cut: Size = crop ?? upright
  const resize = recipe.resize === undefined ? null : resizeOf(cut, recipe.resize)
  const resized = resize?.size ?? cut
  allow(resized, pixels, 'the result would have')
  const degrees = (((recipe.rotate ?? 0) % 360) + 360) % 360
  const size = turned(resized, degrees)
  allow(size, pixels, 'the result would have')
  const most = MOST_PER_SIDE[recipe.format]
  if (most !== undefined && Math.max(size.width, size.height) > most) {
    throw new MediaFailure('too-large', `a side of ${Math.max(size.width, size.height)} pixels is more than the ${most} that ${recipe.format} allows`)
  }
  return { crop, resize, mirror, degrees, size }
}

export function allow({ width, height }: Size, pixels: number, what: string): void {
  if (width * height > pixels) throw new MediaFailure('too-large', `${what} ${width} x ${height} pixels, more than the ${pixels} allowed`)
}

/** The part of a crop that lies inside; null when that is everything. */
function clip(crop: Crop, { width, height }: Size): Crop | 'outside' | null {
  const left = Math.max(0, Math.round(crop.left))
  const top = Math.max(0, Math.round(crop.top))
  const right = Math.min(width, Math.round(crop.left + crop.width))
  const bottom = Math.min(height, Math.round(crop.top + crop.height))
  if (!(right > left && bottom > top)) return 'outside'
  if (left === 0 && top === 0 && right === width && bottom === height) return null
  return { left, top, width: right - left, height: bottom - top }
}

function resizeOf(from: Size, wanted: NonNullable<ImageRecipe['resize']>): Plan['resize'] {
  const most = wanted.enlarge ? Infinity : 1
  const { width, height } = wanted
  if (width === undefined) return height === undefined ? null : scaled(from, Math.min(height / from.height, most))
  if (height === undefined) return scaled(from, Math.min(width / from.width, most))
  const [byWidth, byHeight] = [width / from.width, height / from.height]
  const box = whole({ width, height })
  switch (wanted.fit) {
    case 'inside':
      return scaled(from, Math.min(byWidth, byHeight, most))
    case 'outside':
      return scaled(from, Math.min(Math.max(byWidth, byHeight), most))
    case 'contain':
      return { size: box, fit: 'contain', inner: times(from, Math.min(byWidth, byHeight, most)) }
    case 'cover': {
      const room = Math.min(1, most / Math.max(byWidth, byHeight))
      return { size: times(box, room), fit: 'cover' }
    }
    case 'fill':
      return { size: wanted.enlarge ? box : { width: Math.min(box.width, from.width), height: Math.min(box.height, from.height) }, fit: 'fill' }
  }
}

function scaled(from: Size, factor: number): Plan['resize'] {
  return factor === 1 ? null : { size: times(from, factor), fit: 'fill' }
}

function times({ width, height }: Size, factor: number): Size {
  return whole({ width: width * factor, height: height * factor })
}

function whole({ width, height }: Size): Size {
  return { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) }
}

/** At free angles this is the box around the turned image, to the pixel or two that rounding moves it by. */
function turned({ width, height }: Size, degrees: number): Size {
  if (degrees % 180 === 0) return { width, height }
  if (degrees % 90 === 0) return { width: height, height: width }
  const angle = (degrees * Math.PI) / 180
  const [sin, cos] = [Math.abs(Math.sin(angle)), Math.abs(Math.cos(angle))]
  return whole({ width: width * cos + height * sin, height: width * sin + height * cos })
}
