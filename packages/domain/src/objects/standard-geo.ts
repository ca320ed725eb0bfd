/** Shapes in `_standard` are for a small map: lines with very many vertices are thinned out, keeping their ends. */

const MOST_VERTICES = 100
type Position = readonly number[]
const isPosition = (value: unknown): value is Position => Array.isArray(value) && typeof value[0] === 'number'

export function simplified(value: unknown): unknown {
  if (Array.isArray(value)) return isLine(value) ? thinned(value) : (value as unknown[]).map(simplified)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, ['coordinates', 'geometry', 'geometries', 'features'].includes(key) ? simplified(part) : part]),
  )
}

const isLine = (value: readonly unknown[]): value is readonly Position[] => value.length > 0 && value.every(isPosition)

function thinned(line: readonly Position[]): readonly Position[] {
  if (line.length <= MOST_VERTICES) return line
  const step = (line.length - 1) / (MOST_VERTICES - 1)
  return Array.from({ length: MOST_VERTICES }, (_, i) => line[Math.round(i * step)] as Position)
}
