import type { MediaFacts } from '@vitrine/domain/ports/media'
import { decode, isBlurhashValid } from 'blurhash'
import sharp, { type Exif } from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { MediaHere } from './media-here.ts'
import { fixture, folder, NEVER, quarters } from './testing/files.ts'
import { asTiff, TAG } from './worker/pixels.ts'

const media = new MediaHere()
afterAll(async () => media.close())
const files = folder()

async function read(name: string, content: Uint8Array | string): Promise<MediaFacts> {
  return media.read(await files.put(name, content), NEVER)
}

function tagOf({ tags }: MediaFacts, group: string, name: string) {
  return tags.find((tag) => tag.group === group && tag.name === name)
}

describe('the facts of a picture', () => {
  test('are those of the upright image, for each orientation', async () => {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const { technical } = await read('turned.jpg', await quarters().withMetadata({ orientation }).jpeg().toBuffer())
      const upright = orientation < 5 ? { width: 64, height: 48, format: 'landscape' } : { width: 48, height: 64, format: 'portrait' }
      expect(technical).toMatchObject({ ...upright, orientation, max_dimension: 64 })
    }
  })

  test('tell size, resolution, samples and type', async () => {
    const { technical } = await read('plain.png', await quarters(60, 60).withMetadata({ density: 300 }).png().toBuffer())
    expect(technical).toMatchObject({
      ...{ width: 60, height: 60, max_dimension: 60, aspect_ratio: 1, format: 'square', dpi: 300 },
      ...{ colorspace: 'sRGB', colordepth: 8, samples_per_pixel: 3, has_clipping_path: false },
      ...{ mime_type: 'image/png', file_type_extension: 'png' },
    })
    expect(technical).not.toHaveProperty('gps_location')
    expect(technical).not.toHaveProperty('create_date')
  })

  test('follow the content, not the name', async () => {
    const { technical } = await read('jpeg.png', await quarters().jpeg().toBuffer())
    expect(technical).toMatchObject({ mime_type: 'image/jpeg', file_type_extension: 'jpg' })
  })

  test('have a blurhash that looks like it', async () => {
    const { technical } = await read(
      'hash.png',
      await sharp({ create: { width: 300, height: 200, channels: 3, background: '#f00' } })
        .png()
        .toBuffer(),
    )
    const blurhash = technical.blurhash ?? ''
    expect(isBlurhashValid(blurhash).result).toBe(true)
    expect([...decode(blurhash, 1, 1)].slice(0, 3)).toEqual([255, 0, 0])
  })

  test('tell four inks, gray and 16 bits', async () => {
    const cmyk = await quarters().toColourspace('cmyk').withIccProfile('cmyk').jpeg().toBuffer()
    expect((await read('cmyk.jpg', cmyk)).technical).toMatchObject({ colorspace: 'CMYK', samples_per_pixel: 4 })
    const gray = await quarters().toColourspace('b-w').png().toBuffer()
    expect((await read('gray.png', gray)).technical).toMatchObject({ colorspace: 'Gray', samples_per_pixel: 1 })
    const deep = await quarters().toColourspace('rgb16').png().toBuffer()
    expect((await read('deep.png', deep)).technical).toMatchObject({ colordepth: 16 })
  })

  test('name the colour profile', async () => {
    const { technical } = await read('p3.jpg', await quarters().withIccProfile('p3').jpeg().toBuffer())
    expect(technical.colorprofile).toMatch(/P3/)
  })

  test('count the pages of a TIFF', async () => {
    const page = await sharp({ create: { width: 10, height: 10, channels: 3, background: '#f00' } })
      .png()
      .toBuffer()
    const pages = await sharp([page, page], { join: { animated: true } })
      .tiff()
      .toBuffer()
    expect((await read('pages.tif', pages)).technical).toMatchObject({ pages: 2, width: 10, height: 10 })
  })

  test('of a drawing are its own size', async () => {
    const { technical, tags } = await read(
      'a.svg',
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="9" height="9"/></svg>',
    )
    expect(technical).toMatchObject({ width: 40, height: 20, mime_type: 'image/svg+xml' })
    expect(tags).toEqual([])
  })

  test('of a kind that is only recognised are its type', async () => {
    expect(await read('notes.txt', 'hello')).toEqual({ technical: { mime_type: 'text/plain', file_type_extension: 'txt' }, tags: [] })
    expect(await read('empty.txt', '')).toEqual({ technical: {}, tags: [] })
  })
})

describe('what a camera wrote', () => {
  const taken = { DateTimeOriginal: '2024:05:06 07:08:09', OffsetTimeOriginal: '+02:00', DateTimeDigitized: '2024:05:07 00:00:00' }
  const place = {
    GPSLatitudeRef: 'S',
    GPSLatitude: '33/1 51/1 0/1',
    GPSLongitudeRef: 'W',
    GPSLongitude: '70/1 30/1 0/1',
    GPSAltitudeRef: '1',
    GPSAltitude: '15/2',
  }

  async function photo(exif: Exif): Promise<Buffer> {
    return quarters().withExif(exif).jpeg().toBuffer()
  }

  test('is read: camera, moments in UTC, place with hemispheres and depth', async () => {
    const facts = await read('photo.jpg', belowTheSea(await photo({ IFD0: { Make: 'Canon', Model: 'Canon EOS' }, IFD2: taken, IFD3: place })))
    expect(facts.technical).toMatchObject({
      camera_scanner: 'Canon EOS',
      date_time_original: '2024-05-06T05:08:09Z',
      create_date: '2024-05-07T00:00:00Z',
      gps_location: { latitude: -33.85, longitude: -70.5, altitude: -7.5 },
    })
    expect(tagOf(facts, 'EXIF', 'Make')).toEqual({ group: 'EXIF', name: 'Make', value: 'Canon', print: 'Canon' })
  })

  /** The library that writes these tags knows no other sea level than 0. */
  function belowTheSea(jpeg: Buffer): Buffer {
    const reference = jpeg.indexOf(Buffer.from([5, 0, 1, 0, 1, 0, 0, 0]))
    expect(reference).toBeGreaterThan(0)
    jpeg[reference + 8] = 1
    return jpeg
  }

  test('is left out where it is nonsense', async () => {
    const nonsense = { GPSLatitudeRef: 'N', GPSLatitude: '0/0 0/0 0/0', GPSLongitudeRef: 'E', GPSLongitude: '500/1 0/1 0/1' }
    const { technical } = await read(
      'odd.jpg',
      await photo({ IFD0: { Make: '  ' }, IFD2: { DateTimeOriginal: '0000:00:00 00:00:00' }, IFD3: nonsense }),
    )
    for (const name of ['camera_scanner', 'gps_location', 'date_time_original']) expect(technical).not.toHaveProperty(name)
  })

  test('does not make a picture fail where its tags are damaged', async () => {
    const damaged = await photo({ IFD0: { Make: 'Canon' } })
    const at = damaged.indexOf('Exif\0\0') + 6
    damaged.fill(0xff, at + 8, at + 30)
    expect((await read('damaged.jpg', damaged)).technical).toMatchObject({ width: 64, height: 48 })
  })
})

describe('what an archive wrote', () => {
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"
      xmp:CreateDate="1999-12-31T23:30:00-01:00" GPano:ProjectionType="equirectangular">
      <dc:subject><rdf:Bag><rdf:li>ship</rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>
    </rdf:Description></rdf:RDF></x:xmpmeta>`

  test('as XMP is read', async () => {
    const facts = await read('xmp.jpg', await quarters().withXmp(xmp).jpeg().toBuffer())
    expect(facts.technical).toMatchObject({ create_date: '2000-01-01T00:30:00Z', projection_type: 'equirectangular' })
    expect(tagOf(facts, 'XMP', 'subject')).toEqual({ group: 'XMP', name: 'subject', value: ['ship', 'sea'], print: 'ship, sea' })
  })

  test('as XMP includes no other file and no repetition without end', async () => {
    const hostile = `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY a "aaaaaaaaaa"><!ENTITY b "${'&a;'.repeat(50)}">]>${xmp.replace('ship', '&e;&b;')}`
    const { tags } = await read('hostile.jpg', await quarters().withXmp(hostile).jpeg().toBuffer())
    expect(JSON.stringify(tags)).not.toMatch(/root:|aaaaaaaaaaaaaaaaaaaaa/)
  })

  test('as IPTC is read, and a clipping path is seen', async () => {
    const facts = await read('iptc.tif', tiff())
    expect(facts.technical).toMatchObject({ date_time_original: '1980-12-24T00:00:00Z', has_clipping_path: true })
    expect(tagOf(facts, 'IPTC', 'City')).toMatchObject({ value: 'Vienna', print: 'Vienna' })
  })

  test('as IPTC in a JPEG is read, and a clipping path is seen', async () => {
    const resources = Buffer.concat([
      Buffer.from('Photoshop 3.0\0'),
      clippingPath,
      resource(1028, Buffer.concat([city, iptc(25, 'ship'), iptc(25, 'sea')])),
    ])
    const marker = Buffer.from([0xff, 0xed, 0, resources.length + 2])
    const jpeg = await quarters().jpeg().toBuffer()
    const facts = await read('iptc.jpg', Buffer.concat([jpeg.subarray(0, 2), marker, resources, jpeg.subarray(2)]))
    expect(facts.technical).toMatchObject({ has_clipping_path: true })
    expect(tagOf(facts, 'IPTC', 'City')).toMatchObject({ value: 'Vienna', print: 'Vienna' })
    expect(tagOf(facts, 'IPTC', 'Keywords')).toMatchObject({ value: ['ship', 'sea'], print: 'ship, sea' })
  })

  function iptc(dataset: number, text: string): Buffer {
    return Buffer.concat([Buffer.from([0x1c, 2, dataset, 0, text.length]), Buffer.from(text)])
  }

  function resource(number: number, content: Buffer): Buffer {
    const head = Buffer.from('8BIM\0\0\0\0\0\0\0\0', 'latin1')
    head.writeUInt16BE(number, 4)
    head.writeUInt32BE(content.length, 8)
    return Buffer.concat([head, content, Buffer.alloc(content.length % 2)])
  }

  const city = iptc(90, 'Vienna')
  const clippingPath = resource(2999, Buffer.from('\u0006Path 1', 'latin1'))

  function tiff(): Buffer {
    const blocks = [
      { tag: TAG.iptc, bytes: Buffer.concat([iptc(55, '19801224'), city]) },
      { tag: TAG.photoshop, bytes: clippingPath },
    ]
    return asTiff({ width: 2, height: 2, colours: 'gray', alpha: false, bits: 8, data: Buffer.alloc(4), blocks })
  }
})

describe('HEIC', () => {
  test('is decoded and its tags are read', async () => {
    const facts = await media.read(fixture('quarters.heic'), NEVER)
    expect(facts.technical).toMatchObject({
      ...{ width: 64, height: 48, mime_type: 'image/heic', file_type_extension: 'heic', camera_scanner: 'Vitrine Test', colordepth: 8 },
      ...{ date_time_original: '2024-05-06T05:08:09Z', gps_location: { latitude: -33.85, longitude: -70.5 } },
    })
    expect(facts.technical.colorprofile).toMatch(/P3/)
  })
})

describe('sound', () => {
  test('tells its length, its codec and its tags', async () => {
    const facts = await read('tone.wav', wav(8000, 2))
    expect(facts.technical).toMatchObject({ duration: 2, audio_codec: ['PCM'], mime_type: 'audio/wav' })
    expect(tagOf(facts, 'RIFF', 'INAM')).toMatchObject({ value: 'Silence' })
  })

  function wav(rate: number, seconds: number): Buffer {
    const format = Buffer.alloc(16)
    format.writeUInt16LE(1, 0)
    format.writeUInt16LE(1, 2)
    format.writeUInt32LE(rate, 4)
    format.writeUInt32LE(rate, 8)
    format.writeUInt16LE(1, 12)
    format.writeUInt16LE(8, 14)
    const list = Buffer.concat([Buffer.from('INFO'), chunk('INAM', Buffer.from('Silence\0'))])
    return chunk(
      'RIFF',
      Buffer.concat([Buffer.from('WAVE'), chunk('fmt ', format), chunk('LIST', list), chunk('data', Buffer.alloc(rate * seconds, 128))]),
    )
  }

  function chunk(id: string, content: Buffer): Buffer {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(content.length)
    return Buffer.concat([Buffer.from(id), size, content])
  }
})
