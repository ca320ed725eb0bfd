/**
 * From the lines of the files to records. Messy values are taken for what they plainly mean (a number in a text) or left
 * out; nothing is guessed. Links are written as lookups of the source's ids, so no table of our ids is needed.
 */
import type { Schemas } from '@vitrine/sdk'
import type { Loose, SourceArtist, SourceArtwork, SourceMovement, SourceSubject } from '../collection/source.ts'
import type { SurveyedSubject } from '../collection/survey.ts'
import type { Objecttype } from '../model/tables.ts'

export type NewRecord = Schemas['Record']
type Content = Record<string, unknown>

/** Importers write through the mask that has every field. */
const MASK = '_all_fields'
const LANGUAGE = 'en-US'

/** Without what is not known: an absent field is empty. */
function known(content: Content): Content {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined))
}
const record = (type: Objecttype, content: Content): NewRecord => ({ _objecttype: type, _mask: MASK, [type]: known(content) })
const linkTo = (type: Objecttype, id: number): Content => ({ _objecttype: type, _mask: MASK, [type]: { 'lookup:_id': { source_id: id } } })

const textOf = (value: string | null | undefined): string | undefined => (value?.trim() ? value : undefined)

export function numberOf(value: Loose): number | undefined {
  if (value === null || value === undefined || value === '') return undefined
  const parsed = Number(value)
  return Number.isFinite(parsed) ? parsed : undefined
}

/** A length of nothing is a length nobody took. */
const lengthOf = (value: Loose, units: string | null | undefined): number | undefined =>
  (units ?? 'mm') === 'mm' ? numberOf(value) || undefined : undefined

export function yearOf(value: Loose): string | undefined {
  const year = numberOf(value)
  if (year === undefined || !Number.isInteger(year) || year < 1 || year > 9999) return undefined
  return String(year).padStart(4, '0')
}

/** Years the wrong way round are turned; a text alone is no range, so without a year there is none. */
export function rangeOf(from: Loose, to: Loose, text: string | null | undefined): Content | undefined {
  const years = [yearOf(from), yearOf(to)] as const
  const [start, end] = years[0] !== undefined && years[1] !== undefined && years[0] > years[1] ? [years[1], years[0]] : years
  if (start === undefined && end === undefined) return undefined
  const label = textOf(text)
  return known({ from: start, to: end, text: label === undefined ? undefined : { [LANGUAGE]: label } })
}

const localized = (text: string | undefined, others: Readonly<Record<string, string>> | null | undefined = {}): Content | undefined =>
  text === undefined ? undefined : { [LANGUAGE]: text, ...others }

/** One row for each link; the same link twice says nothing new. */
function rows<T>(list: readonly T[] | null | undefined, keyOf: (item: T) => string, row: (item: T) => Content): Content[] | undefined {
  const found = new Map((list ?? []).map((item) => [keyOf(item), item]))
  return found.size > 0 ? [...found.values()].map(row) : undefined
}
const movementRows = (list: readonly SourceMovement[] | null | undefined): Content[] | undefined =>
  rows(
    list,
    ({ id }) => String(id),
    ({ id }) => ({ movement: linkTo('movement', id) }),
  )

export function movementRecord(movement: SourceMovement): NewRecord {
  return record('movement', { source_id: movement.id, name: localized(textOf(movement.name)), era: textOf(movement.era?.name) })
}

export function subjectRecord(subject: SurveyedSubject): NewRecord {
  const parent = subject.parent === null ? {} : { 'lookup:_id_parent': { source_id: subject.parent } }
  return record('subject', { source_id: subject.id, name: localized(textOf(subject.name)), ...parent })
}

export function artistRecord(artist: SourceArtist): NewRecord {
  return record('artist', {
    source_id: artist.id,
    name: textOf(artist.mda) ?? textOf(artist.fc) ?? `Artist ${artist.id}`,
    spoken_name: textOf(artist.fc),
    gender: textOf(artist.gender),
    lifetime: rangeOf(artist.birth?.time?.startYear, artist.death?.time?.startYear, artist.date),
    birth_place: textOf(artist.birth?.place?.name),
    death_place: textOf(artist.death?.place?.name),
    url: textOf(artist.url),
    '_nested:artist__movements': movementRows(artist.movements),
  })
}

/** The ends of the branches; what lies above them follows from the tree. */
function leaves(subject: SourceSubject): SourceSubject[] {
  const children = subject.children ?? []
  return children.length === 0 ? [subject] : children.flatMap(leaves)
}

function contributorRows(artwork: SourceArtwork): Content[] | undefined {
  const ordered = (artwork.contributors ?? []).toSorted((a, b) => (numberOf(a.displayOrder) ?? 0) - (numberOf(b.displayOrder) ?? 0))
  return rows(
    ordered,
    ({ id, role }) => `${id} ${role ?? ''}`,
    ({ id, role }) => known({ artist: linkTo('artist', id), role: textOf(role) }),
  )
}

export function artworkRecord(artwork: SourceArtwork): NewRecord {
  const acquired = yearOf(artwork.acquisitionYear)
  return record('artwork', {
    source_id: artwork.id,
    accession_number: textOf(artwork.acno) ?? `source ${artwork.id}`,
    title: localized(textOf(artwork.title), artwork.translations),
    foreign_title: textOf(artwork.foreignTitle),
    group_title: textOf(artwork.groupTitle),
    '_nested:artwork__contributors': contributorRows(artwork),
    date: rangeOf(artwork.dateRange?.startYear, artwork.dateRange?.endYear, artwork.dateRange?.text ?? artwork.dateText),
    acquired: acquired === undefined ? undefined : { value: acquired },
    classification: textOf(artwork.classification),
    medium: textOf(artwork.medium),
    credit_line: textOf(artwork.creditLine),
    dimensions: textOf(artwork.dimensions),
    height_mm: lengthOf(artwork.height, artwork.units),
    width_mm: lengthOf(artwork.width, artwork.units),
    depth_mm: lengthOf(artwork.depth, artwork.units),
    inscription: textOf(artwork.inscription),
    '_nested:artwork__subjects': rows(
      artwork.subjects ? leaves(artwork.subjects) : [],
      ({ id }) => String(id),
      ({ id }) => ({ subject: linkTo('subject', id) }),
    ),
    '_nested:artwork__movements': movementRows(artwork.movements),
    url: textOf(artwork.url),
    thumbnail_url: textOf(artwork.thumbnailUrl),
  })
}
