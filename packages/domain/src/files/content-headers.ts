/** How the bytes of a file present themselves. What a browser would run is never shown by it, whatever the address asks for. */
import { bareName, type StoredFile } from './file.ts'

/** Types that browsers show without running anything in them. */
const SHOWN = /^(image\/(?!svg)[\w.+-]+|audio\/[\w.+-]+|video\/[\w.+-]+|application\/pdf|text\/plain)$/

/** Only what has the form of a media type. */
export function contentType({ mimeType }: StoredFile): `${string}/${string}` {
  const [type, ...rest] = (mimeType ?? '').split('/')
  return type && rest.length === 1 && rest[0] ? `${type}/${rest[0]}` : 'application/octet-stream'
}

/** `name` of the version is part of the file name, but for the original. */
export function contentDisposition(file: StoredFile, version: StoredFile, name: string, wanted: 'inline' | 'attachment'): string {
  const disposition = wanted === 'inline' && SHOWN.test(contentType(version)) ? 'inline' : 'attachment'
  const bare = name === 'original' ? bareName(file) : `${bareName(file)}_${name}`
  return `${disposition}; ${fileNames(version.extension === '' ? bare : `${bare}.${version.extension}`)}`
}

/** For what is saved and never shown. */
export const attachment = (name: string): string => `attachment; ${fileNames(name)}`

/** RFC 6266: the name in ASCII for old readers, and as it is. */
function fileNames(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  return plain === name ? `filename="${plain}"` : `filename="${plain}"; filename*=UTF-8''${encoded}`
}
