import { describe, expect, it } from 'vitest'
import { artistRecord, artworkRecord, numberOf, rangeOf, subjectRecord, yearOf } from './records.ts'

const contentOf = (record: Record<string, unknown>, type: string): Record<string, unknown> => record[type] as Record<string, unknown>

describe('messy values', () => {
  it('are numbers when they plainly mean one', () => {
    expect([numberOf('140'), numberOf(7), numberOf(''), numberOf(null), numberOf('c. 3')]).toEqual([140, 7, undefined, undefined, undefined])
  })

  it('are years of four digits, also before 1000', () => {
    expect([yearOf(981), yearOf('1999'), yearOf('c.1640'), yearOf(0), yearOf(1.5)]).toEqual(['0981', '1999', undefined, undefined, undefined])
  })

  it('are ranges only with a year, and the right way round', () => {
    expect(rangeOf(1931, 1930, '1930–1')).toEqual({ from: '1930', to: '1931', text: { 'en-US': '1930–1' } })
    expect(rangeOf('1955', null, null)).toEqual({ from: '1955' })
    expect(rangeOf(null, undefined, 'date not known')).toBeUndefined()
  })
})

describe('records', () => {
  it('link by the ids of the source, each link once and in order', () => {
    const contributors = [
      { id: 8, role: 'after', displayOrder: '2' },
      { id: 7, role: 'artist', displayOrder: 1 },
      { id: 7, role: 'artist', displayOrder: 3 },
    ]
    const rows = contentOf(artworkRecord({ id: 1, acno: 'A1', contributors }), 'artwork')['_nested:artwork__contributors']
    const link = (id: number) => ({ _objecttype: 'artist', _mask: '_all_fields', artist: { 'lookup:_id': { source_id: id } } })
    expect(rows).toEqual([
      { artist: link(7), role: 'artist' },
      { artist: link(8), role: 'after' },
    ])
  })

  it('name the ends of the branches of their subjects', () => {
    const subjects = {
      id: 1,
      children: [
        { id: 2, children: [{ id: 3 }, { id: 4, children: [] }] },
        { id: 5, children: null },
      ],
    }
    const rows = contentOf(artworkRecord({ id: 1, subjects }), 'artwork')['_nested:artwork__subjects'] as { subject: { subject: object } }[]
    expect(rows.map((row) => row.subject.subject)).toEqual([3, 4, 5].map((id) => ({ 'lookup:_id': { source_id: id } })))
  })

  it('leave out what is not known', () => {
    const bare = { id: 9, acno: null, title: ' ', dateRange: null, subjects: null, movements: null, contributors: null, height: '', units: null }
    expect(contentOf(artworkRecord(bare), 'artwork')).toEqual({ source_id: 9, accession_number: 'source 9' })
    expect(contentOf(artistRecord({ id: 3 }), 'artist')).toEqual({ source_id: 3, name: 'Artist 3' })
  })

  it('keep titles in other languages and of any length', () => {
    const title = '霧'.repeat(400)
    const content = contentOf(artworkRecord({ id: 1, title, translations: { 'de-DE': 'Nebel' }, width: '650', height: 0 }), 'artwork')
    expect(content['title']).toEqual({ 'en-US': title, 'de-DE': 'Nebel' })
    expect(content).toMatchObject({ width_mm: 650 })
    expect(content).not.toHaveProperty('height_mm')
  })

  it('hang subjects below their parents', () => {
    expect(contentOf(subjectRecord({ id: 2, name: 'water', parent: 1 }), 'subject')).toMatchObject({ 'lookup:_id_parent': { source_id: 1 } })
    expect(contentOf(subjectRecord({ id: 1, name: 'subject', parent: null }), 'subject')).not.toHaveProperty('lookup:_id_parent')
  })
})
