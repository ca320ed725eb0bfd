import { describe, expect, it } from 'vitest'
import { compiledText } from './compiled-text.ts'
import type { StoredFile } from './file.ts'

const text = (extension: string, sizeBytes: number | null, technical: StoredFile['technical']) =>
  compiledText({ extension, sizeBytes, technical } as StoredFile)

describe('a file in one line', () => {
  it.each([
    ['JPG, 1920 x 1285 px, 569.5 kB', text('jpg', 569_500, { width: 1920, height: 1285 })],
    ['MP4, 1920 x 1080 px, 1:01:02, 1.5 GB', text('mp4', 1_500_000_000, { width: 1920, height: 1080, duration: 3661.7 })],
    ['WAV, 00:09, 999 B', text('wav', 999, { duration: 9.2 })],
    ['PDF, 1 page, 1.0 kB', text('pdf', 1000, { pages: 1 })],
    ['PDF, 12 pages', text('pdf', null, { pages: 12 })],
    ['0 B', text('', 0, {})],
  ])('is %s', (expected, found) => {
    expect(found).toBe(expected)
  })
})
