/** The tags of a picture, flat, under the names of their groups. */
import type { MetadataTag } from '@vitrine/domain/ports/media'
import ExifReader from 'exifreader'

/** As the library names its groups; what is not here, thumbnails for one, is nothing to read. */
const GROUPS: Record<string, string> = {
  exif: 'EXIF',
  iptc: 'IPTC',
  xmp: 'XMP',
  icc: 'ICC',
  gps: 'GPS',
  jfif: 'JFIF',
  file: 'File',
  png: 'PNG',
  pngFile: 'PNG',
  pngText: 'PNG',
  riff: 'RIFF',
  gif: 'GIF',
  photoshop: 'Photoshop',
  makerNotes: 'MakerNotes',
  composite: 'Composite',
}
const MOST_TAGS = 2000
const MOST_ELEMENTS = 256
const MOST_CHARS = 16_384

export type RawTags = Record<string, Record<string, unknown>>
type Value = MetadataTag['value']

/** Metadata that cannot be read is no reason to refuse a picture: there is none then. */
export function rawTags(file: Buffer): RawTags {
  try {
    // eslint-disable-next-line import/no-named-as-default-member -- it is CommonJS; Node finds none of its names.
    return ExifReader.load(file, { expanded: true, computed: true }) as unknown as RawTags
  } catch {
    return {}
  }
}

export function flatTags(raw: RawTags): MetadataTag[] {
  const tags: MetadataTag[] = []
  for (const [key, group] of Object.entries(GROUPS)) {
    for (const [name, tag] of Object.entries(raw[key] ?? {})) {
      const flat = name === '_raw' ? null : flatTag(group, name, tag)
      if (flat !== null) tags.push(flat)
      if (tags.length === MOST_TAGS) return tags
    }
  }
  return tags
}

function flatTag(group: string, name: string, tag: unknown): MetadataTag | null {
  if (group === 'IPTC') return textTag(group, name, tag)
  const { value, description, computed } = isTag(tag) ? tag : { value: tag, description: undefined, computed: undefined }
  const print = clean(typeof description === 'string' || typeof description === 'number' ? String(description) : '')
  const flat = flatValue(computed ?? value) ?? (print === '' ? null : print)
  if (flat === null) return null
  return { group, name, value: flat, print: print === '' ? clean(Array.isArray(flat) ? flat.join(', ') : String(flat)) : print }
}

/** What the library keeps as bytes beside their meaning, and several times where there are several. */
function textTag(group: string, name: string, tag: unknown): MetadataTag | null {
  const texts = [tag].flat().flatMap((one) => (isTag(one) && typeof one.description === 'string' ? [clean(one.description)] : []))
  const [text] = texts
  if (text === undefined) return null
  return { group, name, value: texts.length === 1 ? text : texts.slice(0, MOST_ELEMENTS), print: texts.join(', ').slice(0, MOST_CHARS) }
}

function isTag(tag: unknown): tag is { value: unknown; description?: unknown; computed?: unknown } {
  return typeof tag === 'object' && tag !== null && 'value' in tag
}

/** Null for what is no plain value or too long to be one: its description stands for it. */
function flatValue(value: unknown): Value | null {
  if (typeof value === 'string') return clean(value)
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (!Array.isArray(value) || value.length > MOST_ELEMENTS) return null
  const elements = value.map((element) => flatValue(isTag(element) ? element.value : element))
  const plain = elements.filter((element): element is string | number | boolean => element !== null && typeof element !== 'object')
  return plain.length === value.length && plain.length > 0 ? plain : null
}

/** Cameras fill texts up with blanks and zeros, and no database keeps a zero in a text. */
function clean(text: string): string {
  return text.slice(0, MOST_CHARS).replaceAll('\u0000', ' ').trim()
}
