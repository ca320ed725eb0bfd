import { readdirSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import type { ImageRecipe, MadeImage, MediaSource } from '@vitrine/domain/ports/media'
import sharp, { type Sharp } from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { MediaHere } from './media-here.ts'
import { bytesOf, cornersOf, failureOf, fixture, folder, near, NEVER, quarters } from './testing/files.ts'

const files = folder()
const media = new MediaHere()
afterAll(async () => media.close())

const UPRIGHT = ['red', 'green', 'blue', 'white']

async function make(source: MediaSource | Sharp, recipe: Partial<ImageRecipe>): Promise<MadeImage & { path: string; corners: string[] }> {
  const from = 'path' in source ? source : await files.put('source.png', await source.png().toBuffer())
  const whole: ImageRecipe = { format: 'png', ...recipe }
  const path = files.path(`made.${whole.format}`)
  const made = await media.image(from, whole, path, NEVER)
  return { ...made, path, corners: near(await cornersOf(path)) }
}

describe('an image is made upright', () => {
  type Place = (row: number, column: number) => readonly [x: number, y: number]
  /** Which pixel of the upright image, 64 by 48, is stored where, as the standard has it. */
  const stored: Record<number, Place> = {
    1: (row, column) => [column, row],
    2: (row, column) => [63 - column, row],
    3: (row, column) => [63 - column, 47 - row],
    4: (row, column) => [column, 47 - row],
    5: (row, column) => [row, column],
    6: (row, column) => [63 - row, column],
    7: (row, column) => [63 - row, 47 - column],
    8: (row, column) => [row, 47 - column],
  }

  async function storedAs(orientation: number): Promise<Buffer> {
    const upright = await quarters().raw().toBuffer()
    const [width, height] = orientation < 5 ? [64, 48] : [48, 64]
    const pixels = Buffer.alloc(upright.length)
    for (let at = 0; at < width * height; at++) {
      const [x, y] = stored[orientation]?.(Math.floor(at / width), at % width) ?? [0, 0]
      upright.copy(pixels, at * 3, (y * 64 + x) * 3, (y * 64 + x) * 3 + 3)
    }
    const jpeg = sharp(pixels, { raw: { width, height, channels: 3 } }).withMetadata({ orientation })
    return jpeg.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer()
  }

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('from orientation %i', async (orientation) => {
    const source = await files.put('turned.jpg', await storedAs(orientation))
    const made = await make(source, {})
    expect(made).toMatchObject({ width: 64, height: 48, mimeType: 'image/png', corners: UPRIGHT })
    const cropped = await make(source, { crop: { left: 32, top: 0, width: 32, height: 24 } })
    expect(cropped).toMatchObject({ width: 32, height: 24, corners: ['green', 'green', 'green', 'green'] })
    expect((await sharp(made.path).metadata()).orientation ?? 1).toBe(1)
  })
})

describe('the steps of a recipe', () => {
  test('resize after cropping', async () => {
    const made = await make(quarters(), { crop: { left: 16, top: 0, width: 32, height: 48 }, resize: { width: 16, fit: 'inside', enlarge: false } })
    expect(made).toMatchObject({ width: 16, height: 24, corners: UPRIGHT })
  })

  test('give one pixel for a crop outside, transparent or of the background', async () => {
    const crop = { left: 1000, top: 0, width: 10, height: 10 }
    const clear = await make(quarters(), { crop })
    expect(clear).toMatchObject({ width: 1, height: 1 })
    expect([...(await sharp(clear.path).ensureAlpha().raw().toBuffer())]).toEqual([0, 0, 0, 0])
    expect(near(await cornersOf((await make(quarters(), { crop, format: 'jpg', background: '#00f' })).path))).toContain('blue')
  })

  test('cut for cover, fill up for contain, distort for fill', async () => {
    const to = (fit: 'cover' | 'contain' | 'fill') => ({ resize: { width: 48, height: 16, fit, enlarge: false }, background: 'black' })
    expect(await make(quarters(), to('cover'))).toMatchObject({ width: 48, height: 16, corners: UPRIGHT })
    expect(await make(quarters(), to('fill'))).toMatchObject({ width: 48, height: 16, corners: UPRIGHT })
    expect(await make(quarters(), to('contain'))).toMatchObject({ width: 48, height: 16, corners: ['black', 'black', 'black', 'black'] })
  })

  test('mirror before they turn', async () => {
    // Mirrored: green red / white blue. A quarter turn clockwise: white green / blue red.
    expect((await make(quarters(), { mirror: 'y', rotate: 90 })).corners).toEqual(['white', 'green', 'blue', 'red'])
    // Upside down: blue white / red green. Then: red blue / green white.
    expect((await make(quarters(), { mirror: 'x', rotate: 90 })).corners).toEqual(['red', 'blue', 'green', 'white'])
    expect((await make(quarters(), { rotate: -90 })).corners).toEqual(['green', 'white', 'red', 'blue'])
  })

  test('resize before they turn', async () => {
    expect(await make(quarters(), { resize: { width: 32, fit: 'inside', enlarge: false }, rotate: 90 })).toMatchObject({ width: 24, height: 32 })
  })

  test('uncover corners at a free angle', async () => {
    const made = await make(quarters(), { rotate: 45 })
    expect(Math.abs(made.width - 79)).toBeLessThan(3)
    const corner = async (path: string) => [...(await sharp(path).ensureAlpha().extract({ left: 0, top: 0, width: 1, height: 1 }).raw().toBuffer())]
    expect((await corner(made.path))[3]).toBe(0)
    expect(await corner((await make(quarters(), { rotate: 45, background: '#000' })).path)).toEqual([0, 0, 0, 255])
    const jpeg = await corner((await make(quarters(), { rotate: 45, format: 'jpg' })).path)
    expect(Math.min(...jpeg)).toBeGreaterThan(240)
  })

  test('make gray, black and white, and four inks', async () => {
    const gray = await make(quarters(), { colorspace: 'gray', format: 'jpg' })
    expect(await sharp(gray.path).metadata()).toMatchObject({ space: 'b-w', channels: 1 })
    const bitonal = await make(quarters(), { colorspace: 'bitonal', format: 'tif' })
    expect(await sharp(bitonal.path).metadata()).toMatchObject({ bitsPerSample: 1 })
    const cmyk = await make(quarters(), { colorspace: 'cmyk', format: 'tif' })
    expect(await sharp(cmyk.path).metadata()).toMatchObject({ space: 'cmyk', channels: 4 })
    expect(await failureOf(make(quarters(), { colorspace: 'cmyk', format: 'png' }))).toMatchObject({ trouble: 'unsupported' })
  })

  test('bring other colours home to sRGB', async () => {
    const cmyk = await quarters().toColourspace('cmyk').withIccProfile('cmyk').tiff().toBuffer()
    const made = await make(await files.put('inks.tif', cmyk), {})
    expect(await sharp(made.path).metadata()).toMatchObject({ space: 'srgb', channels: 3 })
    const wide = await quarters().withIccProfile('p3').png().toBuffer()
    expect((await make(await files.put('wide.png', wide), {})).corners).toEqual(UPRIGHT)
  })

  test('obey the quality and set the resolution', async () => {
    const [low, high] = [
      await make(quarters(400, 300), { format: 'jpg', quality: 5 }),
      await make(quarters(400, 300), { format: 'jpg', quality: 100 }),
    ]
    expect(low.sizeBytes).toBeLessThan(high.sizeBytes)
    expect((await sharp((await make(quarters(), { format: 'jpg', dpi: 300 })).path).metadata()).density).toBe(300)
  })

  test('take metadata along unless told not to, even with a resolution', async () => {
    const source = await files.put(
      'owned.jpg',
      await quarters()
        .withExif({ IFD0: { Copyright: 'A museum' } })
        .jpeg()
        .toBuffer(),
    )
    expect(bytesOf((await make(source, { format: 'jpg' })).path).includes('A museum')).toBe(true)
    expect(bytesOf((await make(source, { format: 'jpg', rotate: 90 })).path).includes('A museum')).toBe(true)
    expect(bytesOf((await make(source, { format: 'jpg', strip: true, dpi: 300 })).path).includes('A museum')).toBe(false)
    expect(bytesOf((await make(source, { format: 'jpg', strip: true, rotate: 90, dpi: 300 })).path).includes('A museum')).toBe(false)
  })

  test('refuse what is no colour', async () => {
    expect(await failureOf(make(quarters(), { background: 'url(x)' }))).toEqual({ trouble: 'unsupported', message: 'url(x) is not a colour' })
  })
})

describe('a drawing', () => {
  test('is drawn at the size asked for', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="10" height="10" fill="#f00"/></svg>'
    const made = await make(await files.put('a.svg', svg), { resize: { width: 1000, height: 1000, fit: 'inside', enlarge: false } })
    expect(made).toMatchObject({ width: 1000, height: 500 })
    const edge = await sharp(made.path).ensureAlpha().extract({ left: 497, top: 250, width: 6, height: 1 }).extractChannel(3).raw().toBuffer()
    // Sharp to the pixel, which an enlarged bitmap would not be.
    expect([edge[0], edge[5]]).toEqual([255, 0])
  })
})

describe('a page of a TIFF', () => {
  test('is chosen by its number, and one too many is refused', async () => {
    const page = (background: string) => ({ create: { width: 10, height: 10, channels: 3 as const, background } })
    const pages = await Promise.all(['#f00', '#00f'].map(async (colour) => sharp(page(colour)).png().toBuffer()))
    const source = await files.put(
      'pages.tif',
      await sharp(pages, { join: { animated: true } })
        .tiff()
        .toBuffer(),
    )
    expect((await make(source, {})).corners[0]).toBe('red')
    expect((await make(source, { page: 2 })).corners[0]).toBe('blue')
    expect(await failureOf(make(source, { page: 3 }))).toMatchObject({ trouble: 'unsupported' })
  })
})

describe('HEIC', () => {
  test('becomes any image, in true colours', async () => {
    expect(await make(fixture('quarters.heic'), { format: 'jpg' })).toMatchObject({ width: 64, height: 48, corners: UPRIGHT })
    const { width, corners } = await make(fixture('quarters.heic'), { format: 'webp', resize: { width: 32, fit: 'inside', enlarge: false } })
    expect({ width, corners }).toEqual({ width: 32, corners: UPRIGHT })
  })
})

describe('a streamed image', () => {
  test('is the same and leaves nothing behind', async () => {
    const streaming = new MediaHere({ tempDir: files.dir })
    try {
      const source = await files.put('source.png', await quarters().png().toBuffer())
      const before = readdirSync(files.dir)
      const { body, image } = await streaming.stream(source, { format: 'png' }, NEVER)
      const content = await buffer(body)
      expect(content.length).toBe(image.sizeBytes)
      expect(near(await cornersOf(content))).toEqual(UPRIGHT)
      expect(readdirSync(files.dir)).toEqual(before)
    } finally {
      await streaming.close()
    }
  })
})
