/**
 * Recipes: from parameters, as people configure or ask for them, to what is done with a file. What a recipe does not know is
 * refused where it is configured, so that nothing is silently made in another way.
 */
import { fail } from '../errors.ts'
import type { Crop, ImageFormat, ImageRecipe } from '../ports/media.ts'
import { BUILT_IN_CONFIG, type RecipeParams } from './produce-config.ts'

/** Recipes that make an image, and of what. */
const IMAGE_RECIPES: ReadonlySet<string> = new Set([
  'imageconverter:browserthumbs',
  'videoconverter:thumbnail',
  'officeconverter:browserthumbs',
  'officeconverter:preview',
  '_produce:produce',
])

/** Extensions of the files that a recipe can read. */
export function readableBy(recipe: string): ReadonlySet<string> {
  const [cookbook] = recipe.split(':')
  if (cookbook === 'officeconverter') return PAGED
  if (cookbook === 'videoconverter') return builtIn('video')
  return cookbook === 'imageconverter' ? builtIn('image') : new Set([...builtIn('image'), ...builtIn('video'), ...PAGED])
}
const PAGED: ReadonlySet<string> = new Set(['pdf', 'ai'])
const builtIn = (name: string): ReadonlySet<string> => BUILT_IN_CONFIG.classes.find((entry) => entry.name === name)?.extensions ?? new Set()

export const isKnownRecipe = (recipe: string): boolean => IMAGE_RECIPES.has(recipe)

const FORMATS: Readonly<Record<string, ImageFormat>> = {
  jpg: 'jpg',
  jpeg: 'jpg',
  png: 'png',
  webp: 'webp',
  tif: 'tif',
  tiff: 'tif',
  gif: 'gif',
  jp2: 'jp2',
  heic: 'heic',
  bmp: 'bmp',
  psd: 'psd',
}
/** The format that a name or an extension stands for. */
export const imageFormat = (name: string): ImageFormat | undefined => FORMATS[name.toLowerCase()]

const QUALITIES: Readonly<Record<string, number>> = { low: 50, small: 50, medium: 75, maximum: 100 }
const COLORSPACES: Readonly<Record<string, ImageRecipe['colorspace']>> = { '': undefined, rgb: 'srgb', srgb: 'srgb', cmyk: 'cmyk', gray: 'gray' }
/** Longest side of anything that is made. */
export const LARGEST_SIDE = 32_000

/** What the recipes for images go by. */
const KNOWN_PARAMS = new Set(
  'format size size_minimum width height resize_mode enlarge crop rotate-x rotate-y rotate-z quality jpegquality dpi colorspace background strip page video-thumb-select'.split(
    ' ',
  ),
)

/** Fails with RecipeParamUnsupportedValue for a parameter that nothing here would look at. */
export function demandKnownParams(params: RecipeParams): void {
  for (const [name, value] of Object.entries(params)) if (!KNOWN_PARAMS.has(name)) refuse(name, value)
}

type Params = RecipeParams
type Resize = NonNullable<ImageRecipe['resize']>

/** Fails with RecipeParamUnsupportedValue at the first parameter that makes no sense. */
export function imageRecipe(params: Params): ImageRecipe {
  const format = imageFormat(textOf(params, 'format', 'jpg')) ?? refuse('format', params['format'])
  const resize = resizeOf(params)
  const quality = qualityOf(params)
  const dpi = numberOf(params, 'dpi')
  const crop = cropOf(params['crop'])
  const at = secondsOf(params['video-thumb-select'])
  const page = numberOf(params, 'page')
  const colorspace = colorspaceOf(params)
  return {
    format,
    ...(crop && { crop }),
    ...(resize && { resize }),
    ...(quality !== undefined && { quality }),
    ...(dpi !== undefined && dpi > 0 && { dpi }),
    ...(at !== undefined && { at }),
    ...(page !== undefined && { page }),
    ...(colorspace && { colorspace }),
    ...(typeof params['background'] === 'string' && params['background'] !== '' && { background: params['background'] }),
    ...(typeof params['strip'] === 'boolean' && { strip: params['strip'] }),
    ...mirrorOf(params),
    ...rotationOf(params),
  }
}

function resizeOf(params: Params): Resize | undefined {
  const [size, width, height] = [sideOf(params, 'size'), sideOf(params, 'width'), sideOf(params, 'height')]
  const mode = textOf(params, 'resize_mode', '')
  const enlarge = params['enlarge'] === true
  if (size !== undefined) {
    const both = { width: size, height: size, enlarge }
    if (mode === '' || mode === 'max') return { ...both, fit: 'inside' }
    if (mode === 'min') return { ...both, fit: 'outside' }
    if (mode === 'width') return { width: size, fit: 'inside', enlarge }
    if (mode === 'height') return { height: size, fit: 'inside', enlarge }
    return refuse('resize_mode', mode)
  }
  if (width === undefined && height === undefined) return undefined
  const sides = { ...(width !== undefined && { width }), ...(height !== undefined && { height }), enlarge }
  if (width === undefined || height === undefined) return { ...sides, fit: 'inside' }
  const fits: Readonly<Record<string, Resize['fit']>> = { '': 'cover', cover: 'cover', contain: 'contain', force: 'fill' }
  return { ...sides, fit: fits[mode] ?? refuse('resize_mode', mode) }
}

function qualityOf(params: Params): number | undefined {
  const given = params['quality'] ?? params['jpegquality']
  if (given === undefined || given === null || given === '') return undefined
  const quality = typeof given === 'string' ? (QUALITIES[given] ?? Number(given)) : Number(given)
  return Number.isInteger(quality) && quality >= 1 && quality <= 100 ? quality : refuse('quality', given)
}

function colorspaceOf(params: Params): ImageRecipe['colorspace'] {
  const name = textOf(params, 'colorspace', '').toLowerCase()
  return name in COLORSPACES ? COLORSPACES[name] : refuse('colorspace', name)
}

export function cropOf(value: unknown): Crop | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const json: unknown = typeof value === 'string' ? parsed(value) : value
  if (typeof json !== 'object' || json === null) return refuse('crop', value)
  const { top = 0, left = 0, width, height } = json as Partial<Crop>
  const sides = [top, left, width, height]
  if (!sides.every((side) => Number.isSafeInteger(side) && Math.abs(side as number) <= 1e9)) return refuse('crop', value)
  return { top, left, width: width as number, height: height as number }
}

function mirrorOf(params: Params): Pick<ImageRecipe, 'mirror'> {
  const [x, y] = [params['rotate-x'], params['rotate-y']].map(
    (value) => value !== undefined && value !== null && value !== false && Number(value) !== 0,
  )
  if (x && y) return refuse('rotate-x', 'rotate-y as well')
  return x ? { mirror: 'x' } : y ? { mirror: 'y' } : {}
}

function rotationOf(params: Params): Pick<ImageRecipe, 'rotate'> {
  const degrees = numberOf(params, 'rotate-z')
  if (degrees === undefined || degrees % 360 === 0) return {}
  return Math.abs(degrees) <= 360 ? { rotate: degrees } : refuse('rotate-z', degrees)
}

/** `hh:mm:ss`, or seconds. */
function secondsOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'number' && value >= 0) return value
  const parts =
    typeof value === 'string' && /^\d+(:\d{1,2}){0,2}(\.\d+)?$/.test(value) ? value.split(':').map(Number) : refuse('video-thumb-select', value)
  return parts.reduce((seconds, part) => seconds * 60 + part, 0)
}

function sideOf(params: Params, name: string): number | undefined {
  const side = numberOf(params, name)
  if (side === undefined || side === 0) return undefined
  return Number.isInteger(side) && side > 0 && side <= LARGEST_SIDE ? side : refuse(name, side)
}

function numberOf(params: Params, name: string): number | undefined {
  const value = params[name]
  if (value === undefined || value === null || value === '') return undefined
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : refuse(name, value)
}

function textOf(params: Params, name: string, fallback: string): string {
  const value = params[name]
  if (value === undefined || value === null) return fallback
  return typeof value === 'string' ? value : refuse(name, value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const refuse = (param: string, value: unknown): never =>
  fail('RecipeParamUnsupportedValue', { param, value: typeof value === 'string' ? value : (JSON.stringify(value) ?? '') })
