/** What kinds of files there are, by extension, and what may come of each. The built-in table; settings of an instance lie over it. */
import { baseName } from './file.ts'

export interface FileClass {
  readonly name: string
  readonly extensions: ReadonlySet<string>
  /** Null for no limit of its own. */
  readonly maxBytes: number | null
}

export interface FileClasses {
  readonly classes: readonly FileClass[]
  /** Whether files come in that belong to no class. */
  readonly allowUnknown: boolean
  /** For classes without a limit of their own; null for none at all. */
  readonly maxBytes: number | null
}

export interface Classified {
  readonly class: string
  /** Lower case, without a dot; empty without one. */
  readonly extension: string
}

const IMAGE = 'jpg jpeg jpe jfif png gif webp avif tif tiff bmp heic heif jp2 j2k psd psb svg ico dng cr2 cr3 nef arw raf orf rw2'
const AUDIO = 'mp3 wav flac ogg oga opus aac m4a aif aiff wma mka amr'
const VIDEO = 'mp4 m4v mov avi mkv webm mpg mpeg mts m2ts wmv flv ogv 3gp mxf vob'
const OFFICE = 'pdf ai eps doc docx dot dotx odt ott rtf xls xlsx ods ots csv tsv ppt pptx pps ppsx odp otp pages numbers key txt md epub'

const table = (names: string) => new Set(names.split(' '))

export const BUILT_IN_CLASSES: FileClasses = {
  classes: [
    { name: 'image', extensions: table(IMAGE), maxBytes: null },
    { name: 'audio', extensions: table(AUDIO), maxBytes: null },
    { name: 'video', extensions: table(VIDEO), maxBytes: null },
    { name: 'office', extensions: table(OFFICE), maxBytes: null },
  ],
  allowUnknown: true,
  maxBytes: null,
}

export const UNKNOWN_CLASS = 'unknown'

/** The longest extension that a class knows: `flower.webdvd.zip` is a `webdvd.zip` where there is such a thing, and else a `zip`. */
export function classify({ classes }: FileClasses, filepath: string): Classified {
  const name = baseName(filepath).toLowerCase()
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const extension = name.slice(dot + 1)
    const found = classes.find(({ extensions }) => extensions.has(extension))
    if (found) return { class: found.name, extension }
  }
  const last = name.lastIndexOf('.')
  const extension = last > 0 ? name.slice(last + 1) : ''
  return { class: UNKNOWN_CLASS, extension: /^[\da-z_-]{1,20}$/.test(extension) ? extension : '' }
}

/** Bytes that a file of this class may have; null for any number. */
export const limitOf = ({ classes, maxBytes }: FileClasses, name: string): number | null =>
  classes.find((fileClass) => fileClass.name === name)?.maxBytes ?? maxBytes
