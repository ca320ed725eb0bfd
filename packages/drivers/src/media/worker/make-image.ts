/** Carries out a recipe, in the order it promises: upright, crop, size, mirror, rotation, colour, format. */
import { stat } from 'node:fs/promises'
import { IMAGE_TYPES, MediaFailure, type ImageRecipe, type MadeImage } from '@vitrine/domain/ports/media'
import type { Sharp } from 'sharp'
import { planOf, type Plan, type Size } from '../sizes.ts'
import type { Task } from '../tasks.ts'
import { HAS_TRANSPARENCY, writeImage } from './encode.ts'
import { openPicture, type Picture } from './open-picture.ts'
import { opening, sharp } from './vips.ts'

const WHITE = '#ffffff'
const TRANSPARENT = { r: 0, g: 0, b: 0, alpha: 0 }

export async function makeImage({ kind, path, recipe, target, limits }: Extract<Task, { do: 'image' }>): Promise<MadeImage> {
  const picture = await openPicture(kind, path, limits, recipe.page)
  const plan = planOf(picture.size, forKind(recipe, picture), limits.pixels)
  const background = backgroundOf(recipe)
  const size = await opening(async () => {
    const image = plan.crop === 'outside' ? onePixel(background) : await shaped(picture, plan, recipe, background)
    return writeImage(coloured(image, recipe, background), recipe, target)
  })
  return { sizeBytes: (await stat(target)).size, width: size.width, height: size.height, mimeType: IMAGE_TYPES[recipe.format] }
}

function forKind(recipe: ImageRecipe, { drawing }: Picture): ImageRecipe {
  return drawing && recipe.resize !== undefined ? { ...recipe, resize: { ...recipe.resize, enlarge: true } } : recipe
}

/** Null: what is transparent stays so. */
function backgroundOf({ background, format }: ImageRecipe): string | null {
  if (background === undefined) return HAS_TRANSPARENCY.has(format) ? null : WHITE
  try {
    onePixel(background)
    return background
  } catch (error) {
    throw new MediaFailure('unsupported', `${background} is not a colour`, error)
  }
}

function onePixel(background: string | null): Sharp {
  return sharp({ create: { width: 1, height: 1, channels: 4, background: background ?? TRANSPARENT } })
}

async function shaped(picture: Picture, plan: Plan, recipe: ImageRecipe, background: string | null): Promise<Sharp> {
  const zoom = picture.drawing && plan.crop === null && plan.resize !== null ? zoomFor(picture.size, plan.resize.size) : 1
  let image = picture.pipeline(zoom)
  if (plan.crop !== null && plan.crop !== 'outside') image = image.extract(plan.crop)
  if (plan.resize !== null) image = resized(image, plan.resize, background)
  if (plan.mirror !== null) image = plan.mirror === 'x' ? (await step(image, recipe)).flip() : (await step(image, recipe)).flop()
  if (plan.degrees !== 0) image = (await step(withRoom(image, plan), recipe)).rotate(plan.degrees, { background: background ?? TRANSPARENT })
  return image
}

/** One pass of libvips has an order of its own, so what has to come later works on the result of a pass before. */
async function step(image: Sharp, recipe: ImageRecipe): Promise<Sharp> {
  const kept = recipe.strip ? image : image.keepExif().keepXmp()
  return sharp(await kept.png({ compressionLevel: 0 }).toBuffer(), { limitInputPixels: false })
}

/** At free angles there are corners to be uncovered. */
function withRoom(image: Sharp, { degrees }: Plan): Sharp {
  return degrees % 90 === 0 ? image : image.ensureAlpha()
}

function zoomFor(from: Size, to: Size): number {
  return Math.max(to.width / from.width, to.height / from.height)
}

function resized(image: Sharp, { size, fit, inner }: NonNullable<Plan['resize']>, background: string | null): Sharp {
  if (fit !== 'contain' || inner === undefined) return image.resize({ ...size, fit: fit === 'cover' ? 'cover' : 'fill' })
  const [across, down] = [size.width - inner.width, size.height - inner.height]
  const [left, top] = [Math.floor(across / 2), Math.floor(down / 2)]
  const filled = { left, right: across - left, top, bottom: down - top, background: background ?? TRANSPARENT }
  return image.resize({ ...inner, fit: 'fill' }).extend(filled)
}

function coloured(image: Sharp, { colorspace, format }: ImageRecipe, background: string | null): Sharp {
  const opaque = background === null ? image : image.flatten({ background })
  switch (colorspace) {
    case 'gray':
      return opaque.greyscale().toColourspace('b-w')
    case 'bitonal':
      return opaque
        .flatten({ background: background ?? WHITE })
        .greyscale()
        .threshold(128)
        .toColourspace('b-w')
    case 'cmyk':
      if (format !== 'jpg' && format !== 'tif') throw new MediaFailure('unsupported', `${format} has no cmyk here`)
      return opaque
        .flatten({ background: background ?? WHITE })
        .toColourspace('cmyk')
        .withIccProfile('cmyk')
    case 'srgb':
    default:
      return opaque.toColourspace('srgb')
  }
}
