import { describe, expect, it } from 'vitest'
import type { ImageFormat } from '../ports/media.ts'
import { imageInfo, imageInfo2, TILE_SIDE } from './image-info.ts'
import { LONGEST_SIDE, MOST_PIXELS } from './image-request.ts'

const WRITABLE = new Set<ImageFormat>(['jpg', 'png', 'webp', 'tif', 'bmp'])
const ID = 'https://images.example/7'

describe('the description of an image', () => {
  it('names sizes and tiles until the whole image is one tile', () => {
    const { sizes, tiles } = imageInfo(ID, { width: 3000, height: 2001 }, WRITABLE)
    expect(tiles).toEqual([{ width: TILE_SIDE, height: TILE_SIDE, scaleFactors: [1, 2, 4, 8] }])
    expect(sizes).toEqual([
      { width: 375, height: 251 },
      { width: 750, height: 501 },
      { width: 1500, height: 1001 },
      { width: 3000, height: 2001 },
    ])
  })

  it('names no size that is more than one answer', () => {
    const { sizes, maxWidth, maxArea } = imageInfo(ID, { width: 50_000, height: 10_000 }, WRITABLE)
    expect([maxWidth, maxArea]).toEqual([LONGEST_SIDE, MOST_PIXELS])
    expect(sizes.at(-1)).toEqual({ width: 12_500, height: 2500 })
    expect(imageInfo(ID, { width: 10_000, height: 10_000 }, WRITABLE)).not.toHaveProperty('maxWidth')
  })

  it('names the formats beyond the profile that can be written here', () => {
    expect(imageInfo(ID, { width: 10, height: 10 }, WRITABLE).extraFormats).toEqual(['tif', 'webp'])
    expect(imageInfo(ID, { width: 10, height: 10 }, WRITABLE).sizes).toEqual([])
  })

  it('can be had in the older form', () => {
    const info = imageInfo2(ID, { width: 600, height: 400 }, WRITABLE)
    expect(info).toMatchObject({
      '@context': 'http://iiif.io/api/image/2/context.json',
      '@id': ID,
      protocol: 'http://iiif.io/api/image',
      profile: ['http://iiif.io/api/image/2/level2.json', { formats: ['jpg', 'png', 'tif', 'webp'] }],
      width: 600,
      tiles: [{ scaleFactors: [1, 2] }],
    })
    expect(info).not.toHaveProperty('id')
  })
})
