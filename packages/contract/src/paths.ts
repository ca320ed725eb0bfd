/**
 * A path of the document, as the router wants it. A parameter usually fills its segment; where it does not, as in
 * `/l10n/{lang}.json`, the router knows no such thing: there the segment is matched by a pattern, and what surrounds the
 * parameter is taken off again before anybody sees it.
 */
const PARTIAL = /^([^{]*)\{([^}]+)\}([^{]*)$/

export interface Surroundings {
  readonly name: string
  readonly before: string
  readonly after: string
}

const escapePattern = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

function partsOf(segment: string): Surroundings | undefined {
  if (!segment.includes('{')) return undefined
  const [, before, name, after] = PARTIAL.exec(segment) ?? []
  if (name === undefined) throw new Error(`the path segment ${segment} holds more than one parameter`)
  return { name, before: before ?? '', after: after ?? '' }
}

export const routingPath = (path: string): string =>
  path
    .split('/')
    .map((segment) => {
      const parts = partsOf(segment)
      if (!parts) return segment
      const { name, before, after } = parts
      return before || after ? `:${name}{${escapePattern(before)}[^/]+${escapePattern(after)}}` : `:${name}`
    })
    .join('/')

/** The parameters of a path that share their segment with fixed text. */
export const surroundingsOf = (path: string): Surroundings[] =>
  path
    .split('/')
    .map(partsOf)
    .filter((parts): parts is Surroundings => Boolean(parts && (parts.before || parts.after)))
