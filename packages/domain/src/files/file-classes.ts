/** Kinds of files by extension, and how large files of each may be. */
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
