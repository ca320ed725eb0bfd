/**
 * A path of the document, as the router wants it. A parameter usually fills its segment; where it does not, as in
 * `/l10n/{lang}.json` or `/part{x}x{y}.{format}`, the router knows no such thing: there the whole segment is matched by a
 * pattern under one name, and taken apart again before anybody sees it. The last parameter of a path may be named as the
 * rest of it: that one takes what is left, slashes and nothing at all included.
 */
const PARAMETER = /\{([^}]+)\}/g

/** A segment that holds more than one parameter alone: the name that the router knows it by, and how it is taken apart. */
export interface SharedSegment {
  readonly key: string
  readonly names: readonly string[]
  /** Captures the parameters in the order of `names`. Of several ways to read a segment, earlier parameters take more. */
  readonly pattern: RegExp
}

const escapePattern = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** The segment as a regular expression, with `value` in place of every parameter. */
const patternOf = (segment: string, value: string) =>
  segment
    .split(PARAMETER)
    .map((part, i) => (i % 2 ? value : escapePattern(part)))
    .join('')
const namesIn = (segment: string) => [...segment.matchAll(PARAMETER)].map(([, name = '']) => name)

function sharedOf(segment: string): SharedSegment | undefined {
  const names = namesIn(segment)
  if (!names.length || segment === `{${names[0]}}`) return undefined
  return { key: names.join('+'), names, pattern: new RegExp(`^${patternOf(segment, '(.+)')}$`, 's') }
}

/** `rest` is the parameter that takes what is left of the path. */
export const routingPath = (path: string, rest?: string): string =>
  path
    .split('/')
    .map((segment) => {
      const shared = sharedOf(segment)
      if (shared) return `:${shared.key}{${patternOf(segment, '[^/]+')}}`
      const [name] = namesIn(segment)
      if (name === undefined) return segment
      return name === rest ? `:${name}{.*}` : `:${name}`
    })
    .join('/')

/** Whole paths, as they come in, that the path of an operation stands for. */
export const pathPattern = (path: string, rest?: string): RegExp =>
  new RegExp(
    `^${path
      .split('/')
      .map((segment) => (rest !== undefined && segment === `{${rest}}` ? '.*' : patternOf(segment, '[^/]+')))
      .join('/')}$`,
  )

/** The segments of a path that hold fixed text beside a parameter, or several parameters. */
export const sharedSegments = (path: string): SharedSegment[] =>
  path
    .split('/')
    .map(sharedOf)
    .filter((shared) => shared !== undefined)

// Fixed text comes before segments that are fixed in part, those before free ones, and the rest of a path last, so that
// `/user/session` is never read as `/user/{id}`.
function freedomOf(segment: string | undefined, rest: string | undefined): number {
  if (!segment?.includes('{')) return 0
  if (sharedOf(segment)) return 1
  return segment === `{${rest}}` ? 3 : 2
}

interface RoutedPath {
  readonly path: string
  readonly rest?: string
}
/** The order in which paths are tried: the first one that fits is meant. */
export function byFreedom(a: RoutedPath, b: RoutedPath): number {
  const left = a.path.split('/')
  const right = b.path.split('/')
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = freedomOf(left[i], a.rest) - freedomOf(right[i], b.rest)
    if (order !== 0) return order
  }
  return left.length - right.length
}
