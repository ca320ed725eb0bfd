/**
 * Where a key lies in a folder, and which key lies there. Segments are folders, with names of plain ASCII on every system: other
 * bytes are written `%XX`, and so is a dot at the beginning, which leaves hidden names to the store itself. No name can lead out
 * of the folder. A segment of 80 bytes and more is cut into folders that end with `%`, because names end at 255 bytes; it is cut
 * even if nothing is left (`%-`), so that sorting the names of one folder as bytes sorts all keys.
 */
const PIECE_BYTES = 80
const NOTHING_LEFT = '%-'
const PLAIN = /[A-Za-z0-9._-]/
const ALL_PLAIN = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/

/** Relative, with slashes. */
export const pathOfKey = (key: string): string => key.split('/').map(segmentPath).join('/')

function segmentPath(segment: string): string {
  if (segment.length < PIECE_BYTES && ALL_PLAIN.test(segment)) return segment
  let rest = Buffer.from(segment)
  const pieces: string[] = []
  for (; rest.length >= PIECE_BYTES; rest = rest.subarray(PIECE_BYTES)) pieces.push(`${escaped(rest.subarray(0, PIECE_BYTES))}%`)
  return [...pieces, rest.length === 0 ? NOTHING_LEFT : escaped(rest)].join('/')
}

function escaped(bytes: Uint8Array): string {
  const characters = Array.from(bytes, (byte, at) => {
    const character = String.fromCharCode(byte)
    return PLAIN.test(character) && !(at === 0 && character === '.') ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  })
  return characters.join('')
}

/**
 * What a name adds to the key, in bytes, since a cut may go through a character; null for names that no key has. A folder adds a
 * slash unless its segment goes on inside.
 */
export function keyPart(name: string, isFolder: boolean): Buffer | null {
  const goesOn = isFolder && name.endsWith('%')
  const written = goesOn ? name.slice(0, -1) : name === NOTHING_LEFT ? '' : name
  if (!/^(?!\.)(?:[A-Za-z0-9._-]|%[0-9A-F]{2})*$/.test(written)) return null
  const bytes = written.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(isFolder && !goesOn ? `${bytes}/` : bytes, 'latin1')
}
