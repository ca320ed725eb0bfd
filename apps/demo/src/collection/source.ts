/**
 * A collection as it is published: two files with one JSON object a line, plain or compressed. Only the parts that are
 * used are typed, and each as what it may really be: real files have numbers as texts and null in the place of objects.
 */
import { createReadStream, existsSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'

export type Loose = string | number | null | undefined

export interface SourceArtist {
  readonly id: number
  /** Name for lists, and the name as it is spoken. */
  readonly mda?: string | null
  readonly fc?: string | null
  readonly date?: string | null
  readonly gender?: string | null
  readonly birth?: { readonly time?: { readonly startYear?: Loose } | null; readonly place?: { readonly name?: string | null } | null } | null
  readonly death?: { readonly time?: { readonly startYear?: Loose } | null; readonly place?: { readonly name?: string | null } | null } | null
  readonly movements?: readonly SourceMovement[] | null
  readonly url?: string | null
}
export interface SourceContributor extends SourceArtist {
  readonly role?: string | null
  readonly displayOrder?: Loose
}
export interface SourceMovement {
  readonly id: number
  readonly name?: string | null
  readonly era?: { readonly name?: string | null } | null
}
export interface SourceSubject {
  readonly id: number
  readonly name?: string | null
  readonly children?: readonly SourceSubject[] | null
}
export interface SourceArtwork {
  readonly id: number
  readonly acno?: string | null
  readonly title?: string | null
  /** Only in files made for this demo: the title in other languages. */
  readonly translations?: Readonly<Record<string, string>> | null
  readonly foreignTitle?: string | null
  readonly groupTitle?: string | null
  readonly contributors?: readonly SourceContributor[] | null
  readonly subjects?: SourceSubject | null
  readonly movements?: readonly SourceMovement[] | null
  readonly dateRange?: { readonly startYear?: Loose; readonly endYear?: Loose; readonly text?: string | null } | null
  readonly dateText?: string | null
  readonly acquisitionYear?: Loose
  readonly classification?: string | null
  readonly medium?: string | null
  readonly creditLine?: string | null
  readonly dimensions?: string | null
  readonly inscription?: string | null
  readonly width?: Loose
  readonly height?: Loose
  readonly depth?: Loose
  readonly units?: string | null
  readonly url?: string | null
  readonly thumbnailUrl?: string | null
}

/** Reads line by line; the file never is in memory as a whole. A line that is no JSON is reported with its number. */
async function* lines<T>(file: string): AsyncGenerator<T, void, undefined> {
  const raw = createReadStream(file)
  const stream = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw
  // A pipe does not hand on failures: without this a file that cannot be read would look like a short one.
  raw.on('error', (error) => stream.destroy(error))
  let number = 0
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      number += 1
      if (line.trim() === '') continue
      try {
        yield JSON.parse(line) as T
      } catch (cause) {
        throw new Error(`${path.basename(file)}, line ${number}: no JSON`, { cause })
      }
    }
  } finally {
    raw.destroy()
  }
}

export interface Collection {
  artists(): AsyncIterable<SourceArtist>
  artworks(): AsyncIterable<SourceArtwork>
}

export function openCollection(folder: string): Collection {
  const find = (name: string): string => {
    const found = [`${name}.ndjson.gz`, `${name}.ndjson`].map((file) => path.join(folder, file)).find((file) => existsSync(file))
    if (!found) throw new Error(`${folder} has no ${name}.ndjson or ${name}.ndjson.gz`)
    return found
  }
  const [artists, artworks] = [find('artists'), find('artworks')]
  return { artists: () => lines<SourceArtist>(artists), artworks: () => lines<SourceArtwork>(artworks) }
}
