/** With ffmpeg where it is installed; the reason for the failure where it is not. */
import { readdirSync } from 'node:fs'
import type { ImageRecipe } from '@vitrine/domain/ports/media'
import { afterAll, describe, expect, test } from 'vitest'
import { probedFacts } from './film-facts.ts'
import { MediaHere } from './media-here.ts'
import { bytesOf, cornersOf, failureOf, fixture, folder, isInstalled, near, NEVER } from './testing/files.ts'

const files = folder()
const media = new MediaHere()
const bare = new MediaHere({ searchPath: '/nowhere' })
afterAll(async () => Promise.all([media.close(), bare.close()]))

const FFMPEG = isInstalled('ffmpeg') && isInstalled('ffprobe')
/** A second of red, then a second of blue. */
const film = fixture('two-colours.mp4')

async function posterOf(recipe: Partial<ImageRecipe>) {
  const path = files.path('poster.png')
  const made = await media.image(film, { format: 'png', ...recipe }, path, NEVER)
  return { ...made, corners: near(await cornersOf(path)) }
}

describe('without its programs, a film', () => {
  test('fails with the name of what is missing', async () => {
    expect(await failureOf(bare.read(film, NEVER))).toEqual({ trouble: 'tool-missing', message: 'ffprobe is not installed here' })
    expect(await failureOf(bare.image(film, { format: 'png' }, files.path('never.png'), NEVER))).toMatchObject({ trouble: 'tool-missing' })
    expect(readdirSync(files.dir)).toEqual([])
  })
})

describe.runIf(FFMPEG)('a film', () => {
  test('tells its size, length, codecs, moment, place and title', async () => {
    const { technical, tags } = await media.read(film, NEVER)
    expect(technical).toMatchObject({
      ...{ width: 64, height: 48, format: 'landscape', video_codec: ['h264'], audio_codec: ['aac'], mime_type: 'video/mp4' },
      ...{ create_date: '2024-05-06T07:08:09Z', gps_location: { latitude: -33.85, longitude: -70.5, altitude: 520 } },
    })
    expect(technical.duration).toBeCloseTo(2, 0)
    expect(tags).toContainEqual({ group: 'Format', name: 'title', value: 'Two colours', print: 'Two colours' })
  })

  test('has a poster of any moment, and the last one behind its end', async () => {
    expect(await posterOf({})).toMatchObject({ width: 64, height: 48, corners: ['red', 'red', 'red', 'red'] })
    expect((await posterOf({ at: 0 })).corners[0]).toBe('red')
    expect((await posterOf({ at: 1.5 })).corners[0]).toBe('blue')
    expect((await posterOf({ at: 1000 })).corners[0]).toBe('blue')
    expect((await posterOf({ at: -5 })).corners[0]).toBe('red')
  })

  test('has a poster made like any image', async () => {
    const made = await media.image(film, { format: 'jpg', resize: { width: 32, fit: 'inside', enlarge: false } }, files.path('poster.jpg'), NEVER)
    expect(made).toMatchObject({ width: 32, height: 24, mimeType: 'image/jpeg' })
  })

  test('that is cut off is broken', async () => {
    const whole = bytesOf(film.path)
    for (const length of [400, whole.length - 1000]) {
      const cut = await files.put('cut.mp4', whole.subarray(0, length))
      expect(await failureOf(media.read(cut, NEVER))).toMatchObject({ trouble: 'broken' })
      expect(await failureOf(media.image(cut, { format: 'png' }, files.path('never.png'), NEVER))).toMatchObject({ trouble: 'broken' })
    }
  })

  test('that is a list of other files opens none of them', async () => {
    const list = await files.put('list.mp4', `#EXTM3U\n#EXTINF:1,\n${film.path}\n`)
    expect(await failureOf(media.image(list, { format: 'png' }, files.path('never.png'), NEVER))).toMatchObject({ trouble: 'broken' })
  })

  test('larger than allowed gives no poster', async () => {
    const small = new MediaHere({ limits: { pixels: 1000 } })
    try {
      expect(await failureOf(small.image(film, { format: 'png' }, files.path('never.png'), NEVER))).toMatchObject({ trouble: 'too-large' })
    } finally {
      await small.close()
    }
  })
})

describe('what is printed about a film', () => {
  const stream = { codec_type: 'video', codec_name: 'h264', width: 1920, height: 1080 }

  test('gives the size it is shown at', () => {
    expect(probedFacts({ streams: [{ ...stream, side_data_list: [{}, { rotation: -90 }] }] })).toMatchObject({ width: 1080, height: 1920 })
    expect(probedFacts({ streams: [{ ...stream, width: 720, height: 576, sample_aspect_ratio: '64:45' }] })).toMatchObject({
      width: 1024,
      height: 576,
    })
    expect(probedFacts({ streams: [{ ...stream, sample_aspect_ratio: '0:1' }] })).toMatchObject({ width: 1920, height: 1080 })
  })

  test('does not take a cover for the film', () => {
    expect(probedFacts({ streams: [{ ...stream, disposition: { attached_pic: 1 } }] })).not.toHaveProperty('width')
  })

  test('is left out where it is missing or odd', () => {
    const tags = { creation_time: '1904-01-01T00:00:00Z', location: '+95.0+200.0/' }
    expect(probedFacts({ format: { duration: 'N/A', tags } })).toEqual({})
    expect(probedFacts({})).toEqual({})
  })
})
