/** Documents, opened by poppler. */
import { MediaFailure, type ImageRecipe, type MediaFacts, type MetadataTag } from '@vitrine/domain/ports/media'
import type { MediaLimits } from './limits.ts'
import type { Programs, ProgramTerms } from './programs.ts'
import { shapeOf } from './shape.ts'
import { allow, planOf, type Plan, type Size } from './sizes.ts'

/** A page has no pixels of its own; this is what its size in pixels is given for, and what it is drawn at where no size is asked for. */
export const PAGE_DPI = 150

const POINTS_PER_INCH = 72
/** Of a page as large as a wall, drawn without a size. */
const MOST_PIXELS_UNASKED = 50_000_000
/** Lines of `pdfinfo` that are about the program's own findings rather than what the author wrote. */
const AUTHORED = new Set(['Title', 'Subject', 'Keywords', 'Author', 'Creator', 'Producer', 'CreationDate', 'ModDate'])

export interface Page {
  readonly pages: number
  /** Of this page, upright, in points. */
  readonly points: Size
  readonly lines: ReadonlyMap<string, string>
}

export async function readPdf(programs: Programs, path: string, terms: ProgramTerms): Promise<MediaFacts> {
  const { pages, points, lines } = await pageOf(programs, path, 1, terms)
  const tags: MetadataTag[] = [...lines].flatMap(([name, value]) => (AUTHORED.has(name) ? [{ group: 'PDF', name, value, print: value }] : []))
  const created = momentOfPdf(lines.get('CreationDate'))
  return {
    technical: {
      ...shapeOf(pixelsAt(points, PAGE_DPI)),
      pages,
      dimensions: { width: round(points.width), height: round(points.height), unit: 'pt' },
      ...(created === undefined ? {} : { create_date: created }),
    },
    tags,
  }
}

/**
 * Draws one page as PNG at the size that the recipe leads to, so that nothing is enlarged afterwards. Answers what is left to
 * be done with it.
 */
export async function drawPage(
  programs: Programs,
  path: string,
  recipe: ImageRecipe,
  target: string,
  limits: MediaLimits,
  terms: ProgramTerms,
): Promise<ImageRecipe> {
  const { page: number = 1, at: _, ...rest } = recipe
  const { points } = await pageOf(programs, path, number, terms)
  const size = pixelsAt(points, PAGE_DPI)
  const wanted = recipe.resize === undefined || recipe.crop !== undefined ? null : planOf(size, asDrawing(rest), limits.pixels).resize
  const dpi = wanted === null ? dpiUnasked(size, limits) : dpiFor(points, size, wanted, limits)
  // The program adds the extension itself.
  const args = [
    '-png',
    '-singlefile',
    '-cropbox',
    '-f',
    String(number),
    '-l',
    String(number),
    '-r',
    String(dpi),
    '--',
    path,
    target.replace(/\.png$/, ''),
  ]
  await programs.run('pdftoppm', args, terms)
  return wanted?.fit === 'fill' ? { ...rest, resize: { ...wanted.size, fit: 'fill', enlarge: true } } : asDrawing(rest)
}

async function pageOf(programs: Programs, path: string, number: number, terms: ProgramTerms): Promise<Page> {
  if (!Number.isInteger(number) || number < 1) throw new MediaFailure('unsupported', `there is no page ${number}`)
  const printed = await askAbout(programs, path, number, terms)
  const lines = new Map(printed.split('\n').flatMap((line) => lineOf(line)))
  const pages = Number(lines.get('Pages'))
  if (!(pages >= 1)) throw new MediaFailure('broken', 'the document has no pages')
  if (number > pages) throw new MediaFailure('unsupported', `there is no page ${number} among ${pages}`)
  const size = /Page\s+\d+ size:\s+([\d.]+) x ([\d.]+) pts/g
  const [, across, down] = [...printed.matchAll(size)].at(-1) ?? []
  const points = { width: Number(across), height: Number(down) }
  if (!(points.width > 0 && points.height > 0)) throw new MediaFailure('broken', `page ${number} has no size`)
  const turn = Number([...printed.matchAll(/Page\s+\d+ rot:\s+(-?\d+)/g)].at(-1)?.[1] ?? 0)
  return { pages, points: turn % 180 === 0 ? points : { width: points.height, height: points.width }, lines }
}

async function askAbout(programs: Programs, path: string, number: number, terms: ProgramTerms): Promise<string> {
  try {
    return await programs.run('pdfinfo', ['-isodates', '-enc', 'UTF-8', '-f', String(number), '-l', String(number), '--', path], terms)
  } catch (error) {
    if (!(error instanceof MediaFailure)) throw error
    if (/incorrect password/i.test(error.message)) throw new MediaFailure('unsupported', 'the document asks for a password', error)
    if (/wrong page range/i.test(error.message)) throw new MediaFailure('unsupported', `there is no page ${number}`, error)
    throw error
  }
}

/** `Key:   value`; of lines with one key the last counts, because what authors wrote comes before what was found. */
function lineOf(line: string): [string, string][] {
  const found = /^([A-Z][\w ]*?):\s+(.*\S)/.exec(line)
  return found === null ? [] : [[found[1] as string, found[2] as string]]
}

/** A page may be had at any size. */
function asDrawing(recipe: ImageRecipe): ImageRecipe {
  return recipe.resize === undefined ? recipe : { ...recipe, resize: { ...recipe.resize, enlarge: true } }
}

function dpiUnasked({ width, height }: Size, limits: MediaLimits): number {
  return PAGE_DPI * Math.min(1, Math.sqrt(Math.min(MOST_PIXELS_UNASKED, limits.pixels) / (width * height)))
}

function dpiFor(points: Size, plain: Size, { size, inner }: NonNullable<Plan['resize']>, limits: MediaLimits): number {
  const { width, height } = inner ?? size
  const dpi = PAGE_DPI * Math.max(width / plain.width, height / plain.height)
  allow(pixelsAt(points, dpi), limits.pixels, 'the page would have')
  return dpi
}

function pixelsAt({ width, height }: Size, dpi: number): Size {
  // The program begins a pixel for any part of one.
  const pixels = (points: number) => Math.max(1, Math.ceil((points * dpi) / POINTS_PER_INCH - 1e-6))
  return { width: pixels(width), height: pixels(height) }
}

/** As `2024-05-06T07:08:09Z` or `+02`, with or without minutes. */
function momentOfPdf(text: string | undefined): string | undefined {
  const time = Date.parse((text ?? '').replace(/([+-]\d{2})$/, '$1:00'))
  return Number.isNaN(time) ? undefined : `${new Date(time).toISOString().slice(0, 19)}Z`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
