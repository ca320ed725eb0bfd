import { describe, expect, it } from 'vitest'
import type { ImageFormat } from '../ports/media.ts'
import { askedImage, LONGEST_SIDE, MOST_PIXELS } from './image-request.ts'

const IMAGE = { width: 1000, height: 600 }
const WRITABLE = new Set<ImageFormat>(['jpg', 'png', 'webp'])
const asked = (text: string, image = IMAGE) => {
  const [region = '', size = '', rotation = '', last = ''] = text.split('/')
  const [quality = '', format = ''] = last.split('.')
  return askedImage({ region, size, rotation, quality, format }, image, WRITABLE)
}

describe('an IIIF image request', () => {
  it.each([
    ['full/max/0/default.jpg', [1000, 600], 'full/max/0/default.jpg'],
    ['square/max/0/default.jpg', [600, 600], '200,0,600,600/max/0/default.jpg'],
    ['100,50,200,100/max/0/default.png', [200, 100], '100,50,200,100/max/0/default.png'],
    ['900,500,500,500/max/0/default.png', [100, 100], '900,500,100,100/max/0/default.png'],
    ['pct:50,50,50,50/max/0/default.png', [500, 300], '500,300,500,300/max/0/default.png'],
    ['pct:12.5,0,.5,10/max/0/default.png', [5, 60], '125,0,5,60/max/0/default.png'],
    ['full/500,/0/default.jpg', [500, 300], 'full/500,300/0/default.jpg'],
    ['full/,300/0/default.jpg', [500, 300], 'full/500,300/0/default.jpg'],
    ['full/pct:50/0/default.jpg', [500, 300], 'full/500,300/0/default.jpg'],
    ['full/100,100/0/default.jpg', [100, 100], 'full/100,100/0/default.jpg'],
    ['full/!500,500/0/default.jpg', [500, 300], 'full/500,300/0/default.jpg'],
    ['full/!5000,600/0/default.jpg', [1000, 600], 'full/max/0/default.jpg'],
    ['full/^!2000,2000/0/default.jpg', [2000, 1200], 'full/^2000,1200/0/default.jpg'],
    ['full/^2000,/0/default.jpg', [2000, 1200], 'full/^2000,1200/0/default.jpg'],
    ['full/^pct:200/0/default.jpg', [2000, 1200], 'full/^2000,1200/0/default.jpg'],
    ['full/^500,/0/default.jpg', [500, 300], 'full/500,300/0/default.jpg'],
    ['full/full/0/default.web', [1000, 600], 'full/max/0/default.web'],
    ['full/max/!90/gray.webp', [1000, 600], 'full/max/!90/gray.webp'],
    ['full/max/22.5/bitonal.png', [1000, 600], 'full/max/22.5/bitonal.png'],
    ['full/max/360/default.jpg', [1000, 600], 'full/max/0/default.jpg'],
    ['full/max/0.0000001/default.jpg', [1000, 600], 'full/max/0.0000001/default.jpg'],
    ['full/^max/0/default.jpg', [1000, 600], 'full/max/0/default.jpg'],
    ['full/^!99999,99999/0/default.jpg', [12_909, 7745], 'full/^12909,7745/0/default.jpg'],
  ])('understands %s', (text, [width, height], canonical) => {
    expect(asked(text)).toMatchObject({ width, height, canonical })
    expect(asked(canonical).canonical).toBe(canonical)
  })

  it.each([
    'full/0,/0/default.jpg',
    'full/,0/0/default.jpg',
    'full/0,0/0/default.jpg',
    'full/pct:0/0/default.jpg',
    'full/2000,/0/default.jpg',
    'full/1001,600/0/default.jpg',
    'full/pct:101/0/default.jpg',
    'full/!2000,3000/0/default.jpg',
    'full/,/0/default.jpg',
    'full/!,100/0/default.jpg',
    'full/100/0/default.jpg',
    'full/-1,/0/default.jpg',
    'full/1.5,/0/default.jpg',
    'full/^^max/0/default.jpg',
    'all/max/0/default.jpg',
    '0,0,0,10/max/0/default.jpg',
    '0,0,10,0/max/0/default.jpg',
    '1000,0,10,10/max/0/default.jpg',
    '-1,0,10,10/max/0/default.jpg',
    '0,0,10/max/0/default.jpg',
    '0,0,10,10,10/max/0/default.jpg',
    '0.5,0,10,10/max/0/default.jpg',
    'pct:0,0,0,0/max/0/default.jpg',
    'pct:100,0,10,10/max/0/default.jpg',
    'full/max/361/default.jpg',
    'full/max/-90/default.jpg',
    'full/max/!!90/default.jpg',
    'full/max/north/default.jpg',
    'full/max/0/native.jpg',
    'full/max/0/default.exe',
    'full/max/0/default.tif',
    `full/^${LONGEST_SIDE + 1},/0/default.jpg`,
  ])('refuses %s', (text) => {
    expect(() => asked(text)).toThrow(expect.objectContaining({ code: 'RecipeParamUnsupportedValue' }))
  })

  it('answers at most so many pixels where the largest size is asked for', () => {
    const large = { width: 50_000, height: 40_000 }
    const { width, height } = asked('full/max/0/default.jpg', large)
    expect(width * height).toBeLessThanOrEqual(MOST_PIXELS)
    expect(width / height).toBeCloseTo(1.25, 3)
    expect(asked('full/!40000,40000/0/default.jpg', large)).toMatchObject({ width, height, canonical: 'full/max/0/default.jpg' })
    expect(asked('0,0,100,100/^max/0/default.jpg', large)).toMatchObject({
      width: 10_000,
      height: 10_000,
      canonical: '0,0,100,100/^max/0/default.jpg',
    })
    expect(asked('0,0,100,100/^10000,10000/0/default.jpg', large).canonical).toBe('0,0,100,100/^max/0/default.jpg')
  })
})
