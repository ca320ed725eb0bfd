/** The formats that can be written. */
import { writeFile } from 'node:fs/promises'
import { MediaFailure, type ImageFormat, type ImageRecipe } from '@vitrine/domain/ports/media'
import type { Sharp } from 'sharp'
import type { Size } from '../sizes.ts'
import { encodeBmp } from './codecs/bmp.ts'
import { encodeJp2 } from './codecs/jp2.ts'
import { onePagePdf } from './codecs/pdf-page.ts'
import { encodePsd } from './codecs/psd.ts'
import type { Pixels } from './pixels.ts'

export const HAS_TRANSPARENCY: ReadonlySet<ImageFormat> = new Set(['png', 'webp', 'gif', 'tif'])

const DEFAULT_QUALITY = 85
const PDF_DPI = 72

/** Answers the size of what it wrote. */
export async function writeImage(image: Sharp, recipe: ImageRecipe, target: string): Promise<Size> {
  const quality = Math.min(100, Math.max(1, Math.round(recipe.quality ?? DEFAULT_QUALITY)))
  const dressed = withMetadata(image, recipe)
  switch (recipe.format) {
    case 'jpg':
      return dressed.jpeg({ quality }).toFile(target)
    case 'png':
      return dressed.png(recipe.colorspace === 'bitonal' ? { palette: true, colours: 2 } : {}).toFile(target)
    case 'webp':
      return dressed.webp({ quality }).toFile(target)
    case 'gif':
      return dressed.gif().toFile(target)
    case 'tif':
      return dressed
        .tiff(recipe.colorspace === 'bitonal' ? { compression: 'ccittfax4', bitdepth: 1 } : { compression: 'lzw', predictor: 'horizontal' })
        .toFile(target)
    case 'pdf':
      return writePdf(image, quality, recipe.dpi ?? PDF_DPI, target)
    case 'jp2':
      return writePixels(image, async (pixels) => encodeJp2(pixels, quality), target)
    case 'bmp':
      return writePixels(image, async (pixels) => encodeBmp(pixels), target)
    case 'psd':
      return writePixels(image, async (pixels) => encodePsd(pixels), target)
    case 'heic':
      throw new MediaFailure('unsupported', 'heic is not written here')
  }
}

function withMetadata(image: Sharp, { strip, dpi }: ImageRecipe): Sharp {
  // An empty set of tags is what keeps the resolution from bringing those of the source along.
  const kept = strip ? image.withExif({}) : image.keepExif().keepXmp()
  if (dpi !== undefined) return kept.withDensity(dpi)
  return strip ? image : kept
}

async function writePdf(image: Sharp, quality: number, dpi: number, target: string): Promise<Size> {
  const { data, info } = await image.jpeg({ quality }).toBuffer({ resolveWithObject: true })
  await writeFile(target, onePagePdf(data, { width: info.width, height: info.height, gray: info.channels === 1, dpi }))
  return info
}

async function writePixels(image: Sharp, encode: (pixels: Pixels) => Promise<Uint8Array>, target: string): Promise<Size> {
  const { data, info } = await image.removeAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  await writeFile(target, await encode({ width, height, colours: channels === 1 ? 'gray' : 'rgb', alpha: false, bits: 8, data }))
  return info
}
