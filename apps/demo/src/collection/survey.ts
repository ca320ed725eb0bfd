/**
 * A first reading of the collection, for what has to exist before the artworks: the tree of subjects, level by level
 * (parents first), the movements, and artists that only artworks name. Keeps names and ids, nothing else.
 */
import type { Collection, SourceArtist, SourceMovement, SourceSubject } from './source.ts'

export interface SurveyedSubject {
  readonly id: number
  readonly name: string
  readonly parent: number | null
}
export interface Survey {
  readonly artists: number
  /** Lines about an artist who had one already. */
  readonly repeated: number
  readonly artworks: number
  /** Artists that have no line of their own. */
  readonly unlisted: readonly SourceArtist[]
  readonly movements: readonly SourceMovement[]
  /** The first level has no parents, every other only parents of the level before. */
  readonly levels: readonly (readonly SurveyedSubject[])[]
}

export async function survey(collection: Collection): Promise<Survey> {
  const known = new Set<number>()
  const unlisted = new Map<number, SourceArtist>()
  const movements = new Map<number, SourceMovement>()
  const subjects = new Map<number, SurveyedSubject>()
  const levels: SurveyedSubject[][] = []
  const noteMovements = (list: readonly SourceMovement[] | null | undefined): void => {
    for (const movement of list ?? []) if (!movements.has(movement.id)) movements.set(movement.id, movement)
  }
  const noteSubjects = (subject: SourceSubject, parent: number | null, depth: number): void => {
    // A subject has one place in the tree: the first one seen.
    if (!subjects.has(subject.id)) {
      const noted = { id: subject.id, name: subject.name ?? '', parent }
      subjects.set(subject.id, noted)
      ;(levels[depth] ??= []).push(noted)
    }
    for (const child of subject.children ?? []) if (child.id !== subject.id) noteSubjects(child, subject.id, depth + 1)
  }
  let repeated = 0
  for await (const artist of collection.artists()) {
    if (known.has(artist.id)) repeated += 1
    known.add(artist.id)
    noteMovements(artist.movements)
  }
  let artworks = 0
  for await (const artwork of collection.artworks()) {
    artworks += 1
    noteMovements(artwork.movements)
    for (const { id, mda, fc, date, gender } of artwork.contributors ?? []) {
      if (known.has(id) || unlisted.has(id)) continue
      unlisted.set(id, { id, mda: mda ?? null, fc: fc ?? null, date: date ?? null, gender: gender ?? null })
    }
    if (artwork.subjects) noteSubjects(artwork.subjects, null, 0)
  }
  return { artists: known.size, repeated, artworks, unlisted: [...unlisted.values()], movements: [...movements.values()], levels }
}
