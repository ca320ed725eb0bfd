/**
 * Places in a save request, as messages name them: `[2].artwork._nested:artwork__persons[0].role`. A key that is not an ordinary
 * name stands in brackets as JSON, so that every such text can be turned into the JSON pointer of the place.
 */
const PLAIN = /^[A-Za-z_][\w:-]*$/

export const under = (where: string, key: string): string => (PLAIN.test(key) ? `${where}.${key}` : `${where}[${JSON.stringify(key)}]`)

const SEGMENT = /\.([A-Za-z_][\w:-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/gy

/** RFC 6901; what is not such a text answers the pointer of the part that is. */
export function pointerOf(where: string): string {
  SEGMENT.lastIndex = 0
  let pointer = ''
  for (let found = SEGMENT.exec(where); found; found = SEGMENT.exec(where)) {
    const key = found[1] ?? found[2] ?? (JSON.parse(found[3] ?? '""') as string)
    pointer += `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
  }
  return pointer
}

/** Place of a record in the request that a text begins with. */
export const indexOf = (where: string): number => Number(/^\[(\d+)\]/.exec(where)?.[1] ?? 0)
