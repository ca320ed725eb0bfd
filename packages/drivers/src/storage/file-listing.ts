/** All objects in a folder in the order of their keys, one folder at a time in memory. Links are not followed. */
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { keyPart, pathOfKey } from './file-names.ts'
import { orMissing } from './file-failures.ts'

export interface Listing {
  readonly root: string
  readonly prefix: Buffer
  /** Only keys behind this one; empty for all. */
  readonly after: Buffer
}

interface Entry {
  /** Of a file, the whole key; of a folder, what all keys in it begin with. */
  readonly key: Buffer
  readonly place: string
  readonly isFolder: boolean
}

const EMPTY = Buffer.alloc(0)
const begins = (key: Buffer, prefix: Buffer) => key.length >= prefix.length && key.subarray(0, prefix.length).equals(prefix)

export async function* objectsIn(listing: Listing): AsyncGenerator<{ readonly key: string; readonly file: string }> {
  for await (const { key, place } of filesIn(listing, { key: EMPTY, place: listing.root, isFolder: true })) {
    const name = key.toString()
    // Anything that has got here in another way, under a name that no key leads to, is none of ours.
    if (path.join(listing.root, pathOfKey(name)) === place) yield { key: name, file: place }
  }
}

async function* filesIn(listing: Listing, folder: Entry): AsyncGenerator<Entry> {
  // A folder may go while others are walked through.
  const names = (await orMissing(readdir(folder.place, { withFileTypes: true }))) ?? []
  const entries: Entry[] = []
  for (const name of names) {
    const part = name.isDirectory() || name.isFile() ? keyPart(name.name, name.isDirectory()) : null
    if (!part) continue
    const entry = { key: Buffer.concat([folder.key, part]), place: path.join(folder.place, name.name), isFolder: name.isDirectory() }
    if (mayHold(listing, entry)) entries.push(entry)
  }
  entries.sort((a, b) => Buffer.compare(a.key, b.key))
  for (const entry of entries) {
    if (entry.isFolder) yield* filesIn(listing, entry)
    else yield entry
  }
}

function mayHold({ prefix, after }: Listing, { key, isFolder }: Entry): boolean {
  const within = begins(key, prefix) || (isFolder && begins(prefix, key))
  return within && (after.length === 0 || Buffer.compare(key, after) > 0 || (isFolder && begins(after, key)))
}

/** Several at a time, so that what is done for each can be done for them together. */
export async function* inGroups<T>(source: AsyncIterable<T>, most: number): AsyncGenerator<readonly T[]> {
  let group: T[] = []
  for await (const item of source) {
    group.push(item)
    if (group.length < most) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}
