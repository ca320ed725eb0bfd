/** With poppler where it is installed; the reason for the failure where it is not. */
import { readdirSync } from 'node:fs'
import type { ImageRecipe, MadeImage, MediaSource } from '@vitrine/domain/ports/media'
import { afterAll, describe, expect, test } from 'vitest'
import { MediaHere } from './media-here.ts'
import { cornersOf, failureOf, folder, isInstalled, near, NEVER } from './testing/files.ts'

const files = folder()
const media = new MediaHere()
const bare = new MediaHere({ searchPath: '/nowhere' })
afterAll(async () => Promise.all([media.close(), bare.close()]))

const POPPLER = isInstalled('pdftoppm') && isInstalled('pdfinfo')

/** Pages of 144 by 72 points, the second turned; each filled with one colour. */
function pdf(extra = ''): string {
  const page = (colour: string, at: number, rotate = 0) =>
    `${at} 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 144 72] /Rotate ${rotate} /Contents ${at + 1} 0 R >>\nendobj\n` +
    `${at + 1} 0 obj\n<< /Length ${`${colour} rg 0 0 144 72 re f`.length} >>\nstream\n${colour} rg 0 0 144 72 re f\nendstream\nendobj\n`
  const info = "<< /Title (Two pages) /Author (A museum) /CreationDate (D:20240506070809+02'00') >>"
  return (
    `%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R 5 0 R] /Count 2 >>\nendobj\n` +
    `${page('1 0 0', 3)}${page('0 0 1', 5, 90)}7 0 obj\n${info}\nendobj\ntrailer\n<< /Size 8 /Root 1 0 R /Info 7 0 R ${extra}>>\n%%EOF\n`
  )
}

async function make(source: MediaSource, recipe: Partial<ImageRecipe>): Promise<MadeImage & { corners: string[] }> {
  const path = files.path('page.png')
  const made = await media.image(source, { format: 'png', ...recipe }, path, NEVER)
  return { ...made, corners: near(await cornersOf(path)) }
}

describe('without its programs, a document', () => {
  test('is recognised, and fails with the name of what is missing', async () => {
    const source = await files.put('two.pdf', pdf())
    expect(await bare.detect(Buffer.from(pdf()))).toEqual({ mimeType: 'application/pdf', extension: 'pdf' })
    expect(await failureOf(bare.read(source, NEVER))).toEqual({ trouble: 'tool-missing', message: 'pdfinfo is not installed here' })
    expect(await failureOf(bare.image(source, { format: 'png' }, files.path('never.png'), NEVER))).toMatchObject({ trouble: 'tool-missing' })
    expect(readdirSync(files.dir)).not.toContain('never.png')
  })
})

describe.runIf(POPPLER)('a document', () => {
  test('tells its pages, its size and who made it', async () => {
    const { technical, tags } = await media.read(await files.put('two.pdf', pdf()), NEVER)
    expect(technical).toMatchObject({
      ...{ pages: 2, width: 300, height: 150, format: 'landscape', mime_type: 'application/pdf' },
      ...{ dimensions: { width: 144, height: 72, unit: 'pt' }, create_date: '2024-05-06T05:08:09Z' },
    })
    expect(tags).toContainEqual({ group: 'PDF', name: 'Author', value: 'A museum', print: 'A museum' })
  })

  test('is drawn at the size that it tells', async () => {
    const red = ['red', 'red', 'red', 'red']
    expect(await make(await files.put('two.pdf', pdf()), {})).toMatchObject({ width: 300, height: 150, corners: red })
  })

  test('is drawn page by page, each upright', async () => {
    const source = await files.put('two.pdf', pdf())
    expect(await make(source, { page: 2 })).toMatchObject({ width: 150, height: 300, corners: ['blue', 'blue', 'blue', 'blue'] })
    for (const page of [0, 3, 1.5]) expect(await failureOf(make(source, { page }))).toMatchObject({ trouble: 'unsupported' })
  })

  test.each([
    ['inside', { width: 1000, height: 1000 }, '1000x500'],
    ['inside', { width: 77, height: 77 }, '77x39'],
    ['cover', { width: 100, height: 100 }, '100x100'],
    ['contain', { width: 100, height: 100 }, '100x100'],
  ] as const)('is drawn %s %o', async (fit, size, expected) => {
    const { width, height } = await make(await files.put('two.pdf', pdf()), { resize: { ...size, fit, enlarge: false } })
    expect(`${width}x${height}`).toBe(expected)
  })

  test('is cut in the pixels of the size that it tells', async () => {
    const source = await files.put('two.pdf', pdf())
    expect(await make(source, { crop: { left: 100, top: 50, width: 500, height: 50 } })).toMatchObject({ width: 200, height: 50 })
  })

  test('is never drawn larger than allowed', async () => {
    const source = await files.put('two.pdf', pdf())
    const resize = { width: 100_000, fit: 'inside', enlarge: true } as const
    expect(await failureOf(make(source, { resize }))).toMatchObject({ trouble: 'too-large' })
    const wall = await files.put('wall.pdf', pdf().replaceAll('144 72]', '14400 14400]'))
    const { width } = await make(wall, {})
    expect(width).toBeLessThan(8000)
  })

  test('that is cut off or none at all is broken', async () => {
    expect(await failureOf(media.read(await files.put('cut.pdf', pdf().slice(0, 60)), NEVER))).toMatchObject({ trouble: 'broken' })
    expect(await failureOf(media.read(await files.put('none.pdf', 'Dear Sir'), NEVER))).toMatchObject({ trouble: 'broken' })
  })

  test('whose name looks like an option is a file like others', async () => {
    expect((await media.read(await files.put('-l 1 --help.pdf', pdf()), NEVER)).technical).toMatchObject({ pages: 2 })
  })
})
