/**
 * Parameters and form fields arrive as text. A text becomes a number or a boolean only where the document names that type,
 * and only in its plain spelling: `''`, `1e3`, `0x10` and ` 5 ` stay text, so that the document then refuses them. A name
 * that was sent several times stays a list, which only a parameter of type array accepts.
 */

// Schemas are data of unknown shape here, as everywhere in this package.
// oxlint-disable-next-line no-explicit-any
type Schema = any
type ReadText = (text: string) => unknown
export type TextReader = (texts: Readonly<Record<string, unknown>>) => Record<string, unknown>

const INTEGER = /^-?\d+$/
const NUMBER = /^-?\d+(\.\d+)?$/
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false }

// Adding zero turns -0, which no number of the interface distinguishes, into 0.
const reads: Readonly<Record<string, ReadText>> = {
  integer: (text) => (INTEGER.test(text) ? Number(text) + 0 : text),
  number: (text) => (NUMBER.test(text) ? Number(text) + 0 : text),
  boolean: (text) => (Object.hasOwn(BOOLEANS, text) ? BOOLEANS[text] : text),
}
const typesOf = (schema: Schema): string[] => [schema?.type ?? []].flat()
const readOf = (schema: Schema): ReadText | undefined => reads[typesOf(schema).find((type) => type in reads) ?? '']

function valueReader(schema: Schema): ((value: unknown) => unknown) | undefined {
  if (typesOf(schema).includes('array')) {
    const item = readOf(schema.items) ?? ((text: string) => text)
    return (value) => [value].flat().map((text) => (typeof text === 'string' ? item(text) : text))
  }
  const read = readOf(schema)
  return read && ((value) => (typeof value === 'string' ? read(value) : value))
}

/** What is decided by the schemas is decided once; per request only the names that need it are read. */
export function readerOf(schemas: readonly (readonly [name: string, schema: Schema])[]): TextReader {
  const readers = schemas.flatMap(([name, schema]) => {
    const read = valueReader(schema)
    return read ? [[name, read] as const] : []
  })
  return (texts) => {
    const values: Record<string, unknown> = { ...texts }
    for (const [name, read] of readers) if (Object.hasOwn(values, name)) values[name] = read(values[name])
    return values
  }
}

/**
 * Neither the database nor its JSON can keep a NUL character or half of a surrogate pair, so a value with one is refused at
 * the door. Answers the JSON pointer of the first such text, names of properties included.
 */
export function unstorableText(value: unknown, at = ''): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : at
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    const here = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (!isStorable(name)) return at
    const found = unstorableText(member, here)
    if (found !== undefined) return found
  }
  return undefined
}
const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed()

/** JSON can carry such characters only as escapes: without one in its source there is no need to look at every value. */
export const mayHoldUnstorable = (json: string): boolean => /\\u(0000|d[89a-f])/i.test(json)

/** How deep a JSON text nests, without building it: what is deeper than any reader of it can follow is refused first. */
export function nestsDeeper(json: string, limit: number): boolean {
  if (json.length < 2 * limit) return false
  let depth = 0
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i)
    if (code === QUOTE) i = endOfText(json, i)
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > limit) return true
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--
  }
  return false
}
const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 91, 93, 123, 125]

/** Where the text that begins at `start` ends; texts are most of a document, and this leaps over them. */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end !== -1; end = json.indexOf('"', end + 1)) {
    let backslashes = 0
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
  }
  return json.length
}
