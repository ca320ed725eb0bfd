/** What comes before every key of a location: folders, each followed by one slash. */
import { unusable, type LocationKind } from './location.ts'

/** Keys of files come behind it and behind the folder of the instance; all together must fit into what stores take. */
const LONGEST_BYTES = 400
/** The folder that each instance keeps its files in: nobody may point a location into that of another. */
const ROOT_OF_AN_INSTANCE = /^vitrine-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** With single slashes, none in front and one at the end; empty for none. Fails with LocationConfigInvalid. */
export function normalPrefix(kind: LocationKind, sent: string): string {
  const folders = sent.split('/').filter((folder) => folder !== '')
  const why = folders.map(folderRefused).find((reason) => reason !== null)
  if (why) return unusable(kind, `the prefix cannot be used: ${why}`)
  const prefix = folders.map((folder) => `${folder}/`).join('')
  return Buffer.byteLength(prefix) > LONGEST_BYTES ? unusable(kind, `the prefix is longer than ${LONGEST_BYTES} bytes`) : prefix
}

/** Why no folder of that name is used, or null. Holds for every kind of store, so that files can move to any of them. */
export function folderRefused(name: string): string | null {
  if (name.endsWith('.')) return 'no folder may end with a dot'
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what must not come through
  if (/[\u0000-\u001f\u007f\\]/.test(name) || !name.isWellFormed()) return 'a character in it is not allowed'
  return ROOT_OF_AN_INSTANCE.test(name) ? 'the folders of instances belong to the server' : null
}
