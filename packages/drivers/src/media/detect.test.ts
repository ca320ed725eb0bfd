import { afterAll, describe, expect, test } from 'vitest'
import { MediaHere } from './media-here.ts'
import { bytesOf, fixture, quarters } from './testing/files.ts'

const media = new MediaHere()
afterAll(async () => media.close())

async function extensionOf(head: Uint8Array | string): Promise<string | null> {
  return (await media.detect(Buffer.from(head).subarray(0, 4100)))?.extension ?? null
}

describe('the type of a file is told by its content', () => {
  test('for images', async () => {
    const image = quarters()
    expect(await media.detect(await image.clone().jpeg().toBuffer())).toEqual({ mimeType: 'image/jpeg', extension: 'jpg' })
    expect(await extensionOf(await image.clone().png().toBuffer())).toBe('png')
    expect(await extensionOf(await image.clone().webp().toBuffer())).toBe('webp')
    expect(await extensionOf(await image.clone().gif().toBuffer())).toBe('gif')
    expect(await extensionOf(await image.clone().avif().toBuffer())).toBe('avif')
    expect(await extensionOf(bytesOf(fixture('quarters.heic').path))).toBe('heic')
  })

  test('for a TIFF whose directory lies behind the first bytes', async () => {
    const tiff = await quarters(400, 300).tiff({ compression: 'none' }).toBuffer()
    expect(tiff.readUInt32LE(4)).toBeGreaterThan(4100)
    expect(await extensionOf(tiff)).toBe('tif')
  })

  test('for a film and a song with a large picture in front', async () => {
    expect(await media.detect(bytesOf(fixture('two-colours.mp4').path))).toEqual({ mimeType: 'video/mp4', extension: 'mp4' })
    const song = Buffer.concat([Buffer.from('ID3\u0004\u0000\u0000\u0000\u0010\u0000\u0000', 'latin1'), Buffer.alloc(5000, 1)])
    expect(await extensionOf(song)).toBe('mp3')
  })

  test.each([
    ['svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['svg', '\ufeff<?xml version="1.0"?>\n<!-- a <rect/> --><!DOCTYPE svg [<!ENTITY a "<b>">]>\n<s:svg xmlns:s="http://www.w3.org/2000/svg">'],
    ['xml', '<?xml version="1.0"?><catalogue><svg/></catalogue>'],
    ['html', '<!DOCTYPE html><title>A page</title>'],
    ['json', '{"a": 1'],
    ['json', '[1, 2, 3]'],
    ['csv', 'id,name\n1,"Smith, John"\n2,Doe\n3,"cut'],
    ['csv', 'id\tname\n1\tSmith\n'],
    ['txt', 'Dear Sir, or Madam,\nthank you.\n'],
    ['txt', '<3 from all of us'],
    ['txt', 'Größe'.repeat(2000)],
  ])('for %s: %s', async (extension, text) => {
    expect(await extensionOf(text)).toBe(extension)
  })

  test('and bytes that say nothing have none', async () => {
    expect(await extensionOf(Buffer.alloc(4100))).toBeNull()
    expect(await extensionOf('')).toBeNull()
    expect(await extensionOf(Buffer.from([0xc3, 0x28, 0xff, 0x00, 0x01]))).toBeNull()
  })
})
