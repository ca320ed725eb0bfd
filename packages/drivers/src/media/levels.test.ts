import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ImageRecipe, MediaSource } from '@vitrine/domain/ports/media'
import { MediaHere } from './index.ts'
import { cornersOf, failureOf, folder, near, NEVER, quarters } from './testing/files.ts'
import sharp from 'sharp'

const files = folder()
const media = new MediaHere()
afterAll(() => media.close())

const SIZE = { width: 2400, height: 1601 }
let plain: MediaSource
let leveled: MediaSource
beforeAll(async () => {
  plain = await files.put('large.png', await quarters(SIZE.width, 1600).extend({ bottom: 1, background: '#fff' }).png().toBuffer())
  const target = files.path('levels.tif')
  await media.levels(plain, target, NEVER)
  leveled = { path: target, extension: 'png', leveled: true }
})

const made = async (source: MediaSource, recipe: Partial<ImageRecipe>) => {
  const target = files.path('made.png')
  const { width, height } = await media.image(source, { format: 'png', ...recipe }, target, NEVER)
  return { width, height, corners: near(await cornersOf(target)) }
}
const fill = (width: number, height: number) => ({ width, height, fit: 'fill', enlarge: true }) as const

describe('an image in levels', () => {
  const recipes: [string, Partial<ImageRecipe>][] = [
    ['all of it', {}],
    ['a part as it is', { crop: { left: 1000, top: 700, width: 400, height: 200 } }],
    ['a part in half its size', { crop: { left: 1000, top: 600, width: 400, height: 400 }, resize: fill(200, 200) }],
    ['a part between two levels', { crop: { left: 900, top: 500, width: 600, height: 600 }, resize: fill(190, 190) }],
    ['its last corner', { crop: { left: 2300, top: 1500, width: 500, height: 500 }, resize: fill(25, 25) }],
    ['all of it, tiny', { resize: fill(24, 16) }],
    ['more pixels than there are', { crop: { left: 1100, top: 700, width: 200, height: 200 }, resize: fill(800, 800) }],
    ['a part that is turned', { crop: { left: 900, top: 500, width: 600, height: 600 }, resize: fill(150, 150), rotate: 90 }],
    ['a part that is mirrored', { crop: { left: 900, top: 500, width: 600, height: 600 }, resize: fill(150, 150), mirror: 'y' }],
    ['what lies outside', { crop: { left: 5000, top: 5000, width: 10, height: 10 } }],
  ]
  test.each(recipes)('looks like the image itself: %s', async (_, recipe) => {
    expect(await made(leveled, recipe)).toEqual(await made(plain, recipe))
  })

  test('is upright, whatever the image says of itself', async () => {
    const turned = await files.put('turned.jpg', await quarters(800, 400).jpeg({ quality: 95 }).withMetadata({ orientation: 6 }).toBuffer())
    const target = files.path('turned.tif')
    await media.levels(turned, target, NEVER)
    const recipe = { resize: fill(100, 200) }
    expect(await made({ path: target, extension: 'jpg', leveled: true }, recipe)).toMatchObject({ corners: ['blue', 'red', 'white', 'green'] })
  })

  test('keeps what is transparent', async () => {
    const clear = await files.put(
      'clear.png',
      await sharp({ create: { width: 600, height: 600, channels: 4, background: '#ff000080' } })
        .png()
        .toBuffer(),
    )
    const target = files.path('clear.tif')
    await media.levels(clear, target, NEVER)
    await media.image({ path: target, extension: 'png', leveled: true }, { format: 'png', resize: fill(60, 60) }, files.path('small.png'), NEVER)
    const { data } = await sharp(await readFile(files.path('small.png')))
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect(data[3]).toBe(128)
  })

  test('has a fraction of the bytes of its pixels where the image was lossy', async () => {
    const photo = await files.put('photo.jpg', await quarters(2000, 1000).jpeg().toBuffer())
    await media.levels(photo, files.path('photo.tif'), NEVER)
    expect((await stat(files.path('photo.tif'))).size).toBeLessThan(2000 * 1000)
  })

  test.each([
    ['drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'unsupported'],
    ['notes.txt', 'no image', 'unsupported'],
    ['cut.png', '\x89PNG\r\n\x1a\n', 'broken'],
  ])('is not made of %s', async (name, content, trouble) => {
    const source = await files.put(name, Buffer.from(content, 'latin1'))
    const target = files.path(`${name}.tif`)
    expect(await failureOf(media.levels(source, target, NEVER))).toMatchObject({ trouble })
    expect(existsSync(target)).toBe(false)
  })
})
