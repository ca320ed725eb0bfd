/** Pictures by real cameras, where the folder of the project that holds them is there. They prove nothing that the other tests do not. */
import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { MediaHere } from './media-here.ts'
import { failureOf, folder, NEVER } from './testing/files.ts'

const SAMPLES = new URL('../../../../../shared/data/images/', import.meta.url)
const files = folder()
const media = new MediaHere()
afterAll(async () => media.close())

function sample(name: string) {
  return { path: new URL(name, SAMPLES).pathname, extension: extname(name).slice(1) }
}

describe.runIf(existsSync(SAMPLES))('pictures by real cameras', () => {
  async function tiny(name: string): Promise<Buffer> {
    const path = files.path('tiny.png')
    await media.image(sample(name), { format: 'png', resize: { width: 16, height: 16, fit: 'fill', enlarge: false } }, path, NEVER)
    return sharp(path).removeAlpha().raw().toBuffer()
  }

  test.each(['landscape', 'portrait'])('look the same in all orientations: %s', async (kind) => {
    const upright = await tiny(`orientation/${kind}_1.jpg`)
    for (const orientation of [2, 3, 4, 5, 6, 7, 8]) {
      const turned = await tiny(`orientation/${kind}_${orientation}.jpg`)
      const difference = turned.reduce((sum, value, at) => sum + Math.abs(value - (upright[at] ?? 0)), 0) / turned.length
      expect(difference, `${orientation}`).toBeLessThan(16)
    }
  })

  test('tell place, camera and moment', async () => {
    const { technical } = await media.read(sample('gps/DSCN0010.jpg'), NEVER)
    expect(technical).toMatchObject({ camera_scanner: 'NIKON COOLPIX P6000', date_time_original: '2008-10-22T16:28:39Z', dpi: 300 })
    expect(technical.gps_location?.latitude).toBeCloseTo(43.46745, 4)
    expect(technical.gps_location?.longitude).toBeCloseTo(11.88513, 4)
  })

  test('are opened from HEIC and from TIFFs with their directory at the end', async () => {
    expect((await media.read(sample('heic/samplefilehub.heif'), NEVER)).technical).toMatchObject({ width: 640, height: 426, mime_type: 'image/heic' })
    expect((await media.read(sample('tiff/Jobagent.tiff'), NEVER)).technical).toMatchObject({ width: 264, height: 84, mime_type: 'image/tiff' })
  })

  test('that are damaged are broken', async () => {
    expect(await failureOf(media.read(sample('broken/corrupted.jpg'), NEVER))).toMatchObject({ trouble: 'broken' })
  })
})
