/** The order in which people think of a turned picture, in two steps where one pass over an image has another order. */
import type { ImageRecipe } from '../ports/media.ts'

export interface RecipeSteps {
  /** Null where one step does. */
  readonly first: ImageRecipe | null
  readonly last: ImageRecipe
}

/** Whoever asks for a part of a turned picture means the picture as it is after the turn, so that is made first. */
export function stepsOf(recipe: ImageRecipe): RecipeSteps {
  const { crop, ...turned } = recipe
  if (!crop || (recipe.rotate === undefined && recipe.mirror === undefined)) return { first: null, last: recipe }
  const { format, quality, colorspace, dpi, strip, background } = recipe
  const last = {
    ...{ format, crop },
    ...(quality !== undefined && { quality }),
    ...(colorspace && { colorspace }),
    ...(dpi !== undefined && { dpi }),
    ...(strip && { strip }),
    ...(background !== undefined && { background }),
  }
  // Colours are made into those of the result at the end; what is between keeps all of them.
  const { colorspace: _, ...plain } = turned
  return { first: { ...plain, format: 'png' }, last }
}
