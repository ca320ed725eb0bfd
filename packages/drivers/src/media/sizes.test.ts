import { MediaFailure, type ImageRecipe } from '@vitrine/domain/ports/media'
import { describe, expect, test } from 'vitest'
import { planOf } from './sizes.ts'

const FROM = { width: 400, height: 300 }
const LIMIT = 1_000_000

function sizeOf(recipe: Omit<ImageRecipe, 'format'>, format: ImageRecipe['format'] = 'png'): string {
  const { size } = planOf(FROM, { format, ...recipe }, LIMIT)
  return `${size.width}x${size.height}`
}

describe('the size of a result', () => {
  test.each([
    ['inside', 200, 200, false, '200x150'],
    ['inside', 800, 800, false, '400x300'],
    ['inside', 800, 800, true, '800x600'],
    ['outside', 200, 200, false, '267x200'],
    ['outside', 800, 200, false, '400x300'],
    ['outside', 800, 200, true, '800x600'],
    ['cover', 100, 200, false, '100x200'],
    ['cover', 600, 600, false, '300x300'],
    ['cover', 600, 600, true, '600x600'],
    ['contain', 600, 600, false, '600x600'],
    ['fill', 100, 900, false, '100x300'],
    ['fill', 100, 900, true, '100x900'],
  ] as const)('%s of %i x %i, enlarging %s, is %s', (fit, width, height, enlarge, expected) => {
    expect(sizeOf({ resize: { width, height, fit, enlarge } })).toBe(expected)
  })

  test('keeps the proportions when only one side is asked for', () => {
    expect(sizeOf({ resize: { width: 100, fit: 'fill', enlarge: false } })).toBe('100x75')
    expect(sizeOf({ resize: { height: 100, fit: 'cover', enlarge: false } })).toBe('133x100')
    expect(sizeOf({ resize: { fit: 'cover', enlarge: false } })).toBe('400x300')
  })

  test('never falls below one pixel', () => {
    expect(sizeOf({ resize: { width: 1, height: 1, fit: 'inside', enlarge: false } })).toBe('1x1')
  })

  test('changes sides with a quarter turn and grows with a free one', () => {
    expect(sizeOf({ rotate: 90 })).toBe('300x400')
    expect(sizeOf({ rotate: -90 })).toBe('300x400')
    expect(sizeOf({ rotate: 540 })).toBe('400x300')
    expect(sizeOf({ rotate: 45 })).toBe('495x495')
  })
})

describe('a crop', () => {
  test('is cut to what lies inside', () => {
    const { crop, size } = planOf(FROM, { format: 'png', crop: { left: -50, top: 250, width: 100, height: 100 } }, LIMIT)
    expect(crop).toEqual({ left: 0, top: 250, width: 50, height: 50 })
    expect(size).toEqual({ width: 50, height: 50 })
  })

  test('of everything is none', () => {
    expect(planOf(FROM, { format: 'png', crop: { left: 0, top: 0, width: 4000, height: 4000 } }, LIMIT).crop).toBeNull()
  })

  test.each([
    { left: 400, top: 0, width: 10, height: 10 },
    { left: 0, top: -10, width: 10, height: 10 },
    { left: 0, top: 0, width: 0, height: 10 },
    { left: 0, top: 0, width: -5, height: 10 },
    { left: NaN, top: 0, width: 5, height: 10 },
  ])('outside leaves one pixel: %o', (crop) => {
    const plan = planOf(FROM, { format: 'png', crop, resize: { width: 900, fit: 'inside', enlarge: true }, rotate: 90 }, LIMIT)
    expect(plan).toMatchObject({ crop: 'outside', size: { width: 1, height: 1 } })
  })
})

describe('a limit', () => {
  test.each([
    ['the source', { width: 1001, height: 1000 }, {}],
    ['what it is resized to', FROM, { resize: { width: 10_000, fit: 'inside', enlarge: true } }],
    ['what turning makes of it', { width: 999_999, height: 1 }, { rotate: 45 }],
  ] as const)('of pixels holds for %s', (_, from, recipe) => {
    expect(() => planOf(from, { format: 'png', ...recipe }, LIMIT)).toThrow(MediaFailure)
  })

  test('of a format holds for each side', () => {
    const from = { width: 20_000, height: 1 }
    expect(() => planOf(from, { format: 'webp' }, LIMIT)).toThrow(/16383/)
    expect(planOf(from, { format: 'png' }, LIMIT).size).toEqual(from)
  })
})
