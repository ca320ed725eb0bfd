import type { ImageFormat } from '@vitrine/domain/ports/media'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { MediaHere } from './media-here.ts'
import { bytesOf, cornersOf, failureOf, folder, near, NEVER, quarters } from './testing/files.ts'
import { encodePsd } from './worker/codecs/psd.ts'

const files = folder()
const media = new MediaHere()
afterAll(async () => media.close())

const UPRIGHT = ['red', 'green', 'blue', 'white']

async function makeAs(format: ImageFormat, colorspace?: 'gray') {
  const source = await files.put('source.png', await quarters().png().toBuffer())
  const path = files.path(`made.${format}`)
  const made = await media.image(source, { format, ...(colorspace ? { colorspace } : {}) }, path, NEVER)
  return { ...made, source: { path, extension: format } }
}

describe('every format that is written is read again', () => {
  test.each(['jpg', 'png', 'webp', 'tif', 'gif', 'jp2', 'bmp', 'psd'] as const)('%s, in colour and in gray', async (format) => {
    const made = await makeAs(format)
    expect(made).toMatchObject({ width: 64, height: 48, sizeBytes: bytesOf(made.source.path).length })
    expect((await media.read(made.source, NEVER)).technical).toMatchObject({
      width: 64,
      height: 48,
      mime_type: made.mimeType,
      file_type_extension: format,
    })
    const back = files.path('back.png')
    await media.image(made.source, { format: 'png' }, back, NEVER)
    expect(near(await cornersOf(back))).toEqual(UPRIGHT)
    await media.image((await makeAs(format, 'gray')).source, { format: 'png', colorspace: 'gray' }, back, NEVER)
    const [red, green, blue, white] = (await cornersOf(back)).map(([value]) => value)
    expect([white, (green ?? 0) > (red ?? 0), (red ?? 0) > (blue ?? 0)]).toEqual([255, true, true])
  })

  test('pdf, with one page of the size of the image', async () => {
    const made = await makeAs('pdf')
    expect(made).toMatchObject({ width: 64, height: 48, mimeType: 'application/pdf' })
    const pdf = bytesOf(made.source.path).toString('latin1')
    expect(pdf).toContain('/MediaBox [0 0 64.00 48.00]')
    const table = Number(/startxref\n(\d+)/.exec(pdf)?.[1])
    expect(pdf.slice(table, table + 4)).toBe('xref')
    for (const [at, offset] of [...pdf.slice(table).matchAll(/(\d{10}) 00000 n/g)].entries()) {
      expect(pdf.slice(Number(offset[1])).startsWith(`${at + 1} 0 obj`)).toBe(true)
    }
  })

  test('and others are refused', async () => {
    expect(media.writable.has('heic')).toBe(false)
    expect(await failureOf(makeAs('heic'))).toEqual({ trouble: 'unsupported', message: 'heic is not written here' })
  })
})

describe('a Photoshop document', () => {
  const HEADER = 26

  async function document(): Promise<Buffer> {
    return encodePsd({ width: 64, height: 48, colours: 'rgb', alpha: false, bits: 8, data: await quarters().raw().toBuffer() })
  }

  async function cornersIn(psd: Buffer): Promise<string[]> {
    const back = files.path('back.png')
    await media.image(await files.put('made.psd', psd), { format: 'png' }, back, NEVER)
    return near(await cornersOf(back))
  }

  test('packed row by row is read', async () => {
    const plain = await document()
    const rows = Array.from({ length: 48 * 3 }, (_, row) => plain.subarray(HEADER + 14 + row * 64, HEADER + 14 + (row + 1) * 64))
    // Each half of a row is one colour: once repeated, once spelled out.
    const packed = rows.map((row) => Buffer.concat([Buffer.from([257 - 32, row[0] ?? 0, 31]), row.subarray(32)]))
    const counts = Buffer.alloc(packed.length * 2)
    for (const [at, row] of packed.entries()) counts.writeUInt16BE(row.length, at * 2)
    expect(await cornersIn(Buffer.concat([plain.subarray(0, HEADER + 12), Buffer.from([0, 1]), counts, ...packed]))).toEqual(UPRIGHT)
  })

  test('with four inks and 16 bits is read', async () => {
    const inks = await sharp(await quarters().toColourspace('cmyk').tiff().toBuffer())
      .toColourspace('cmyk')
      .raw()
      .toBuffer()
    const head = Buffer.from((await document()).subarray(0, HEADER + 14))
    head.writeUInt16BE(4, 12)
    head.writeUInt16BE(16, 22)
    head.writeUInt16BE(4, 24)
    const planes = Buffer.alloc(64 * 48 * 4 * 2)
    for (let ink = 0; ink < 4; ink++) {
      for (let pixel = 0; pixel < 64 * 48; pixel++) planes.writeUInt16BE((255 - (inks[pixel * 4 + ink] ?? 0)) * 257, (ink * 64 * 48 + pixel) * 2)
    }
    const source = await files.put('inks.psd', Buffer.concat([head, planes]))
    expect((await media.read(source, NEVER)).technical).toMatchObject({ colorspace: 'CMYK', samples_per_pixel: 4, colordepth: 16 })
    await media.image(source, { format: 'png' }, files.path('back.png'), NEVER)
    const [red, green, blue, white] = await cornersOf(files.path('back.png'))
    expect([strongest(red), strongest(green), strongest(blue)]).toEqual([0, 1, 2])
    expect(Math.min(...(white ?? [0]))).toBeGreaterThan(230)
  })

  function strongest(colour: readonly number[] | undefined): number {
    return (colour ?? []).indexOf(Math.max(...(colour ?? [])))
  }

  test('that is cut off is broken', async () => {
    const whole = await document()
    for (const length of [20, 30, 500]) {
      expect(await failureOf(media.read(await files.put('cut.psd', whole.subarray(0, length)), NEVER))).toMatchObject({ trouble: 'broken' })
    }
  })

  test('of a mode that is not read is refused with a reason', async () => {
    const lab = await document()
    lab.writeUInt16BE(9, 24)
    expect(await failureOf(media.read(await files.put('lab.psd', lab), NEVER))).toMatchObject({ trouble: 'unsupported' })
  })
})
