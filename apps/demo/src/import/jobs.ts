/** What is imported, in the order that lets every link find its target. */
import type { Collection } from '../collection/source.ts'
import type { Survey } from '../collection/survey.ts'
import type { ImportJob } from './importer.ts'
import { artistRecord, artworkRecord, movementRecord, subjectRecord } from './records.ts'

async function* mapped<T, R>(source: AsyncIterable<T>, make: (item: T) => R): AsyncGenerator<R, void, undefined> {
  for await (const item of source) yield make(item)
}

export function importJobs(collection: Collection, found: Survey): ImportJob[] {
  const subjects = found.levels.reduce((sum, level) => sum + level.length, 0)
  return [
    { type: 'movement', total: found.movements.length, waves: [() => found.movements.map(movementRecord)] },
    { type: 'subject', total: subjects, waves: found.levels.map((level) => () => level.map(subjectRecord)) },
    {
      type: 'artist',
      total: found.artists + found.unlisted.length,
      waves: [() => found.unlisted.map(artistRecord), () => mapped(collection.artists(), artistRecord)],
    },
    { type: 'artwork', total: found.artworks, waves: [() => mapped(collection.artworks(), artworkRecord)] },
  ]
}
