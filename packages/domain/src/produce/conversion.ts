/** A download in another form: the recipe that its parameters ask for, and whether it can be followed. */
import { fail } from '../errors.ts'
import type { StoredFile } from '../files/file.ts'
import type { ImageFormat, ImageRecipe } from '../ports/media.ts'
import type { RecipeParams } from './produce-config.ts'
import { demandKnownParams, imageFormat, imageRecipe, isKnownRecipe } from './recipes.ts'

/** Under the names that addresses have them by. */
export interface ConversionWish {
  readonly recipe?: string | undefined
  /** JSON of an object. */
  readonly recipe_params?: string | undefined
  readonly format?: string | undefined
  readonly size?: number | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
  readonly resize_mode?: string | undefined
  readonly crop?: string | undefined
  readonly quality?: string | undefined
  readonly dpi?: number | undefined
}

const DEFAULT_RECIPE = '_produce:produce'

/** Whether anything is asked for but the bytes as they are. */
export const asksForConversion = ({ recipe, recipe_params: params, dpi, ...rest }: ConversionWish): boolean =>
  recipe !== undefined || params !== undefined || (dpi !== undefined && dpi > 0) || Object.values(rest).some((value) => value !== undefined)

/** Parameters named one by one win. Fails with RecipeParamUnsupportedValue and ProduceFormatNotSupported. */
export function conversionRecipe(version: StoredFile, wish: ConversionWish, writable: ReadonlySet<ImageFormat>): ImageRecipe {
  const { recipe = DEFAULT_RECIPE, recipe_params: json, ...named } = wish
  if (!isKnownRecipe(recipe)) fail('RecipeParamUnsupportedValue', { param: 'recipe', value: recipe })
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
  const params = { ...(json === undefined ? {} : objectOf(json)), ...given }
  demandKnownParams(params)
  const own = imageFormat(version.extension)
  const format = params['format'] ?? (own && writable.has(own) ? own : 'jpg')
  const asked = imageRecipe({ ...params, format })
  if (!writable.has(asked.format)) fail('ProduceFormatNotSupported', { format: String(format), supportedformats: [...writable] })
  return asked
}

function objectOf(json: string): RecipeParams {
  try {
    const parsed: unknown = JSON.parse(json)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as RecipeParams
  } catch {
    // It is no JSON, and refused like JSON of anything else.
  }
  return fail('RecipeParamUnsupportedValue', { param: 'recipe_params', value: json })
}
