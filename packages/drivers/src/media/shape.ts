import type { TechnicalMetadata } from '@vitrine/domain/ports/media'
import type { Size } from './sizes.ts'

/** What follows from a size. */
export function shapeOf({ width, height }: Size): TechnicalMetadata {
  return {
    width,
    height,
    max_dimension: Math.max(width, height),
    aspect_ratio: Math.round((width / height) * 10_000) / 10_000,
    format: width === height ? 'square' : width > height ? 'landscape' : 'portrait',
  }
}
