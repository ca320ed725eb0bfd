/** What the headers of another server say of a file. */
type Headers = Readonly<Record<string, string>>

const TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/
const LONGEST_TYPE = 127

/** `type/subtype` in lower case, without parameters; null when the header says nothing of the kind. */
export function mimeTypeOf(contentType: string | null): string | null {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return TYPE.test(type) && type.length <= LONGEST_TYPE ? type : null
}

/** Bytes of the file; null when they are not told. The length of something that is packed is that of the package. */
export function lengthOf(headers: Headers): number | null {
  const text = headers['content-length'] ?? ''
  return /^\d{1,15}$/.test(text) && packingOf(headers) === null ? Number(text) : null
}

/** How the body is packed, although it was asked for as it is; null when it is not. */
export function packingOf(headers: Headers): string | null {
  const packing = headers['content-encoding']?.trim().toLowerCase() ?? ''
  return packing === '' || packing === 'identity' ? null : packing
}
