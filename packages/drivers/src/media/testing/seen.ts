/** What a picture looks like, for tests that have its bytes: decoded by the library itself, not by what is tested. */
import sharp from 'sharp'
import { cornersOf, near } from './files.ts'

export interface Seen {
  readonly width: number
  readonly height: number
  /** As the library calls it: `jpeg`, `png`, `tiff`. */
  readonly format: string
  readonly hasAlpha: boolean
  /** Names of the colours in the middle of the quarters: upper left, upper right, lower left, lower right. */
  readonly corners: readonly string[]
}

export async function seen(bytes: Uint8Array): Promise<Seen> {
  const file = Buffer.from(bytes)
  const { width, height, format, hasAlpha } = await sharp(file).metadata()
  return { width, height, format, hasAlpha, corners: near(await cornersOf(file)) }
}

/** How opaque a pixel is, 0 to 255. */
export async function opacityAt(bytes: Uint8Array, left: number, top: number): Promise<number> {
  const pixel = await sharp(Buffer.from(bytes)).ensureAlpha().extract({ left, top, width: 1, height: 1 }).raw().toBuffer()
  return pixel[3] ?? -1
}

/** All colours that occur, as `r,g,b`. */
export async function coloursOf(bytes: Uint8Array): Promise<ReadonlySet<string>> {
  const { data, info } = await sharp(Buffer.from(bytes)).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const found = new Set<string>()
  for (let at = 0; at < data.length; at += info.channels) found.add(data.subarray(at, at + info.channels).join(','))
  return found
}
