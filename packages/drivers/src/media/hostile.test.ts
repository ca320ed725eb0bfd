/** Files as somebody sends them who means harm, or whose disk was full. All end in a reason, and the next file is opened as ever. */
import { readdirSync } from 'node:fs'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { MediaHere } from './media-here.ts'
import { cornersOf, failureOf, fixture, bytesOf, folder, near, NEVER, noise, quarters } from './testing/files.ts'

const files = folder()
const media = new MediaHere({ limits: { pixels: 50_000_000 } })
afterAll(async () => media.close())

afterEach(async () => {
  const { technical } = await media.read(await files.put('good.png', await quarters().png().toBuffer()), NEVER)
  if (technical.width !== 64) throw new Error('a good file is not opened any more')
})

/** Both ways to open a file, which have to agree; and no half of a result lies around. */
async function troubleWith(name: string, content: Uint8Array | string): Promise<{ trouble: string; message: string }> {
  const source = await files.put(name, content)
  const reading = await failureOf(media.read(source, NEVER))
  const making = await failureOf(media.image(source, { format: 'jpg' }, files.path('never.jpg'), NEVER))
  expect(making.trouble).toBe(reading.trouble)
  expect(readdirSync(files.dir).filter((file) => file.startsWith('never'))).toEqual([])
  for (const { message } of [reading, making]) expect(message).not.toContain(files.dir)
  return reading
}

function pngClaiming(width: number, height: number, pixels: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 2], 8)
  return Buffer.concat([Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}

function chunk(type: string, content: Buffer): Buffer {
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(content.length)
  frame.write(type, 4)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(Buffer.concat([Buffer.from(type), content])))
  return Buffer.concat([frame, content, sum])
}

function jpegClaiming(jpeg: Buffer, width: number, height: number): Buffer {
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
  jpeg.writeUInt16BE(height, frame + 5)
  jpeg.writeUInt16BE(width, frame + 7)
  return jpeg
}

describe('a bomb', () => {
  test('of 60,000 by 60,000 pixels in a PNG of a few bytes is too large', async () => {
    const { trouble, message } = await troubleWith('bomb.png', pngClaiming(60_000, 60_000, deflateSync(Buffer.alloc(1000))))
    expect({ trouble, message }).toMatchObject({ trouble: 'too-large', message: expect.stringContaining('pixel limit') })
  })

  test('of a JPEG that names the largest size there is is too large', async () => {
    expect(await troubleWith('bomb.jpg', jpegClaiming(await quarters().jpeg().toBuffer(), 65_500, 65_500))).toMatchObject({ trouble: 'too-large' })
  })

  test('of a TIFF that packs a square of nothing is too large', async () => {
    const packed = await sharp({ create: { width: 8000, height: 8000, channels: 3, background: '#000' } })
      .tiff({ compression: 'deflate', tile: true })
      .toBuffer()
    expect(packed.length).toBeLessThan(400_000)
    expect(await troubleWith('bomb.tif', packed)).toMatchObject({ trouble: 'too-large' })
  })

  test('of a drawing as large as a town is too large', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"><rect width="9" height="9"/></svg>'
    expect(await troubleWith('bomb.svg', svg)).toMatchObject({ trouble: 'too-large' })
  })

  test('of a BMP, a PSD or a JPEG 2000 that only claims to be large is too large', async () => {
    const bmp = Buffer.alloc(54)
    bmp.write('BM')
    bmp.set([54], 10)
    bmp.set([40], 14)
    bmp.writeInt32LE(60_000, 18)
    bmp.writeInt32LE(-60_000, 22)
    bmp.set([1, 0, 24], 26)
    expect(await troubleWith('bomb.bmp', bmp)).toMatchObject({ trouble: 'too-large' })
    const psd = Buffer.alloc(60)
    psd.write('8BPS')
    psd.set([0, 1], 4)
    psd.set([0, 3], 12)
    psd.writeUInt32BE(30_000, 14)
    psd.writeUInt32BE(30_000, 18)
    psd.set([0, 8, 0, 3], 22)
    expect(await troubleWith('bomb.psd', psd)).toMatchObject({ trouble: 'too-large' })
    const source = await files.put('plain.png', await quarters().png().toBuffer())
    await media.image(source, { format: 'jp2' }, files.path('small.jp2'), NEVER)
    const jp2 = bytesOf(files.path('small.jp2'))
    const size = jp2.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51])) + 8
    jp2.writeUInt32BE(60_000, size)
    jp2.writeUInt32BE(60_000, size + 4)
    expect(await troubleWith('bomb.jp2', jp2)).toMatchObject({ trouble: 'too-large' })
  })

  test('of a result that would be too large is not made', async () => {
    const source = await files.put('small.png', await quarters().png().toBuffer())
    const recipe = { format: 'png', resize: { width: 50_000, height: 50_000, fit: 'fill', enlarge: true } } as const
    expect(await failureOf(media.image(source, recipe, files.path('never.png'), NEVER))).toMatchObject({ trouble: 'too-large' })
  })

  test('of thousands of frames costs one', async () => {
    const frames = await sharp(Buffer.alloc(64 * 64 * 3000, 100), { raw: { width: 64, height: 64 * 3000, channels: 1, pageHeight: 64 } })
      .gif({ effort: 1, keepDuplicateFrames: true })
      .toBuffer()
    expect((await sharp(frames).metadata()).pages).toBe(3000)
    expect((await media.read(await files.put('frames.gif', frames), NEVER)).technical).toMatchObject({ width: 64, height: 64 })
  })
})

describe('a file that is cut off', () => {
  test.each(['jpeg', 'png', 'webp', 'tiff', 'avif'] as const)('is broken: %s', async (format) => {
    const whole = await (await noise(400, 300)).toFormat(format).toBuffer()
    const name = `cut.${{ jpeg: 'jpg', png: 'png', webp: 'webp', tiff: 'tif', avif: 'avif' }[format]}`
    for (const part of [0.1, 0.5, 0.9]) {
      expect(await troubleWith(name, whole.subarray(0, Math.floor(whole.length * part)))).toMatchObject({ trouble: 'broken' })
    }
  })

  test('is broken: heic and jp2', async () => {
    const heic = bytesOf(fixture('quarters.heic').path)
    expect(await troubleWith('cut.heic', heic.subarray(0, 600))).toMatchObject({ trouble: 'broken' })
    expect(await troubleWith('cut.heic', heic.subarray(0, heic.length - 100))).toMatchObject({ trouble: 'broken' })
    const source = await files.put('plain.png', await quarters().png().toBuffer())
    await media.image(source, { format: 'jp2' }, files.path('whole.jp2'), NEVER)
    expect(await troubleWith('cut.jp2', bytesOf(files.path('whole.jp2')).subarray(0, 180))).toMatchObject({ trouble: 'broken' })
  })

  test('is broken when nothing is left of it', async () => {
    expect(await troubleWith('empty.jpg', '')).toEqual({ trouble: 'broken', message: 'it is named jpg, but holds nothing' })
    expect(await troubleWith('zeros.png', Buffer.alloc(10_000))).toMatchObject({ trouble: 'broken' })
  })
})

describe('a file that lies', () => {
  test('about being an image is broken', async () => {
    expect(await troubleWith('letter.jpg', 'Dear Sir')).toEqual({ trouble: 'broken', message: 'it is named jpg, but holds text/plain' })
    expect(await troubleWith('program.png', '\u007fELF\u0002\u0001\u0001\u0000\u0000\u0000')).toMatchObject({ trouble: 'broken' })
  })

  test('about its size is broken', async () => {
    const claim = jpegClaiming(await quarters().jpeg().toBuffer(), 7000, 7000)
    expect(await troubleWith('claim.jpg', claim)).toMatchObject({ trouble: 'broken', message: expect.stringContaining('too few') })
  })
})

describe('a drawing', () => {
  const open = (attributes: string, content: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${content}</svg>`

  async function drawn(name: string, content: string): Promise<string[]> {
    await media.image(await files.put(name, content), { format: 'png', background: '#fff' }, files.path('drawn.png'), NEVER)
    return near(await cornersOf(files.path('drawn.png')))
  }

  test('includes no other file, not even its neighbour', async () => {
    const secret = await files.put(
      'secret.png',
      await sharp({ create: { width: 64, height: 48, channels: 3, background: '#f00' } })
        .png()
        .toBuffer(),
    )
    for (const target of ['secret.png', './secret.png', secret.path, `file://${secret.path}`]) {
      const content = open('width="64" height="48"', `<image xlink:href="${target}" href="${target}" width="64" height="48"/>`)
      expect(await drawn('including.svg', content)).toEqual(['white', 'white', 'white', 'white'])
    }
  })

  test('draws what it holds itself', async () => {
    const image = (
      await sharp({ create: { width: 8, height: 8, channels: 3, background: '#f00' } })
        .png()
        .toBuffer()
    ).toString('base64')
    const content = open('width="64" height="48"', `<image href="data:image/png;base64,${image}" width="64" height="48" preserveAspectRatio="none"/>`)
    expect(await drawn('holding.svg', content)).toEqual(['red', 'red', 'red', 'red'])
  })

  test('with an entity from outside, or entities without end, is broken', async () => {
    const outside = `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>${open('width="64" height="48"', '<text y="20">&x;</text>')}`
    expect(await troubleWith('outside.svg', outside)).toMatchObject({ trouble: 'broken' })
    const levels = Array.from({ length: 9 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`).join('')
    const endless = `<!DOCTYPE svg [<!ENTITY e0 "ha">${levels}]>${open('width="64" height="48"', '<text y="20">&e9;</text>')}`
    expect(await troubleWith('endless.svg', endless)).toMatchObject({ trouble: 'broken' })
  })
})
