import { describe, expect, it } from 'vitest'
import { imageRecipe } from './recipes.ts'

describe('a recipe for images', () => {
  it.each([
    [{}, { format: 'jpg' }],
    [
      { format: 'TIFF', dpi: 300 },
      { format: 'tif', dpi: 300 },
    ],
    [{ dpi: 0 }, { format: 'jpg' }],
    [{ size: 100 }, { resize: { width: 100, height: 100, fit: 'inside', enlarge: false } }],
    [{ size: 100, resize_mode: 'min' }, { resize: { width: 100, height: 100, fit: 'outside', enlarge: false } }],
    [{ size: '100', resize_mode: 'width', enlarge: true }, { resize: { width: 100, fit: 'inside', enlarge: true } }],
    [{ size: 100, resize_mode: 'height' }, { resize: { height: 100, fit: 'inside', enlarge: false } }],
    [{ width: 100, height: 50 }, { resize: { width: 100, height: 50, fit: 'cover', enlarge: false } }],
    [{ width: 100, height: 50, resize_mode: 'contain' }, { resize: { fit: 'contain' } }],
    [{ width: 100, height: 50, resize_mode: 'force' }, { resize: { fit: 'fill' } }],
    [{ width: 100 }, { resize: { width: 100, fit: 'inside' } }],
    [{ quality: 'medium' }, { quality: 75 }],
    [{ quality: '60' }, { quality: 60 }],
    [{ jpegquality: 90 }, { quality: 90 }],
    [{ crop: '{"top":1,"left":2,"width":3,"height":4}' }, { crop: { top: 1, left: 2, width: 3, height: 4 } }],
    [{ crop: { width: 3, height: 4 } }, { crop: { top: 0, left: 0, width: 3, height: 4 } }],
    [{ 'rotate-z': -90 }, { rotate: -90 }],
    [{ 'rotate-z': 360 }, { format: 'jpg' }],
    [{ 'rotate-x': 1 }, { mirror: 'x' }],
    [{ 'rotate-y': 1 }, { mirror: 'y' }],
    [{ colorspace: 'sRGB' }, { colorspace: 'srgb' }],
    [{ colorspace: '' }, { format: 'jpg' }],
    [{ 'video-thumb-select': '00:01:02.5' }, { at: 62.5 }],
    [{ 'video-thumb-select': '12' }, { at: 12 }],
  ])('understands %j', (params, recipe) => {
    expect(imageRecipe(params)).toMatchObject(recipe)
  })

  it.each([
    { format: 'exe' },
    { size: -1 },
    { size: 1.5 },
    { size: 99_999 },
    { size: 'large' },
    { size: 10, resize_mode: 'cover' },
    { width: 10, height: 10, resize_mode: 'max' },
    { quality: 0 },
    { quality: 101 },
    { quality: 'best' },
    { crop: 'none' },
    { crop: { width: 3 } },
    { 'rotate-z': 361 },
    { 'rotate-z': 'a bit' },
    { 'rotate-x': 1, 'rotate-y': 1 },
    { colorspace: 'lab' },
    { dpi: 'many' },
    { 'video-thumb-select': 'soon' },
  ])('refuses %j', (params) => {
    expect(() => imageRecipe(params)).toThrow(expect.objectContaining({ code: 'RecipeParamUnsupportedValue' }))
  })
})
