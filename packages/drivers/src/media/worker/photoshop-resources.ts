/** The list of resources that Photoshop keeps in documents, TIFFs and JPEGs. */

const SIGNATURE = '8BIM'
const HEADER_BYTES = 12
/** A resource that names the path along which a picture is cut out. */
export const CLIPPING_PATH = 2999

/** By number; a list that is damaged ends where it is. */
export function photoshopResources(list: Buffer): Map<number, Buffer> {
  const resources = new Map<number, Buffer>()
  let at = 0
  while (at + HEADER_BYTES <= list.length && list.toString('latin1', at, at + 4) === SIGNATURE) {
    const nameBytes = list.readUInt8(at + 6) + 1
    const sizeAt = at + 6 + nameBytes + (nameBytes % 2)
    if (sizeAt + 4 > list.length) break
    const size = list.readUInt32BE(sizeAt)
    resources.set(list.readUInt16BE(at + 4), list.subarray(sizeAt + 4, sizeAt + 4 + size))
    at = sizeAt + 4 + size + (size % 2)
  }
  return resources
}
