import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { zoomTile } from './zoom-tile.ts'

const IMAGE = { width: 1000, height: 600 }
const at = (x: number, y: number, viewport = 500, tile = 320) => zoomTile({ viewport, tile, x, y, format: 'jpg' }, IMAGE)

describe('a tile of a zoomed image', () => {
  it('is as large as what is left of the image in its place', () => {
    expect(at(0, 0)).toMatchObject({ crop: { left: 0, top: 0, width: 640, height: 600 }, resize: { width: 320, height: 300 } })
    expect(at(1, 0)).toMatchObject({ crop: { left: 640, top: 0, width: 360, height: 600 }, resize: { width: 180, height: 300 } })
  })

  it.each([
    [2, 0],
    [0, 1],
  ])('does not exist beyond the image, in %i %i', (x, y) => {
    expect(() => at(x, y)).toThrow(expect.objectContaining({ code: 'RecipeParamUnsupportedValue' }))
  })

  it('is refused for viewports that are too small or too large', () => {
    for (const viewport of [99, 200_001]) expect(() => at(0, 0, viewport)).toThrow(expect.objectContaining({ code: 'RecipeParamUnsupportedValue' }))
  })

  it('covers the image together with the others, and lies within it', () => {
    const numbers = fc.record({
      width: fc.integer({ min: 1, max: 5000 }),
      height: fc.integer({ min: 1, max: 5000 }),
      viewport: fc.integer({ min: 100, max: 4000 }),
      tile: fc.integer({ min: 50, max: 600 }),
    })
    const covers = fc.check(
      fc.property(numbers, ({ width, height, viewport, tile }) => {
        const rows = Math.ceil(Math.max(1, Math.round((height * viewport) / width)) / tile)
        let bottom = 0
        for (let y = 0; y < rows; y++) {
          const { crop } = zoomTile({ viewport, tile, x: 0, y, format: 'png' }, { width, height })
          if (!crop || crop.top > bottom || crop.width < 1 || crop.height < 1 || crop.top + crop.height > height) return false
          bottom = crop.top + crop.height
        }
        return bottom === height
      }),
      { numRuns: 200 },
    )
    expect(covers.counterexample).toBeNull()
  })
})
