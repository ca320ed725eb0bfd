import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openCollection } from './source.ts'
import { survey } from './survey.ts'

const text = (lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

async function folderOf(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vitrine-demo-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content)
  return folder
}

describe('a collection', () => {
  it('is surveyed for what its artworks need', async () => {
    const water = { id: 3, name: 'water' }
    const artworks = [
      {
        id: 1,
        subjects: { id: 1, name: 'subject', children: [{ id: 2, name: 'nature', children: [water] }] },
        contributors: [{ id: 7, mda: 'Listed' }],
      },
      { id: 2, subjects: { id: 1, name: 'subject', children: [{ id: 2, name: 'nature', children: [water, { id: 4, name: 'reed' }] }] } },
      { id: 3, subjects: null, contributors: [{ id: 8, mda: 'Quay, makers of the', role: 'artist' }], movements: [{ id: 5, name: 'Pier' }] },
    ]
    const artists = [
      { id: 7, mda: 'Listed', movements: [{ id: 5, name: 'Pier' }] },
      { id: 7, mda: 'Listed twice' },
    ]
    const folder = await folderOf({ 'artists.ndjson': text(artists), 'artworks.ndjson.gz': gzipSync(text(artworks)) })
    const found = await survey(openCollection(folder))
    expect(found).toMatchObject({ artists: 1, repeated: 1, artworks: 3, movements: [{ id: 5 }], unlisted: [{ id: 8, mda: 'Quay, makers of the' }] })
    expect(found.levels.map((level) => level.map(({ id, parent }) => [id, parent]))).toEqual([
      [[1, null]],
      [[2, 1]],
      [
        [3, 2],
        [4, 2],
      ],
    ])
  })

  it('says which file is missing and which line is broken', async () => {
    const half = await folderOf({ 'artists.ndjson': '{"id":1}\n\n{"id":\n' })
    expect(() => openCollection(half)).toThrow('no artworks.ndjson')
    await writeFile(path.join(half, 'artworks.ndjson'), '')
    await expect(survey(openCollection(half))).rejects.toThrow('artists.ndjson, line 3')
  })

  it('reports a damaged archive instead of ending early', async () => {
    const whole = gzipSync(text(Array.from({ length: 2000 }, (_, id) => ({ id, mda: `${Math.sin(id)}` }))))
    const folder = await folderOf({ 'artists.ndjson.gz': whole.subarray(0, whole.length / 2), 'artworks.ndjson': '' })
    await expect(survey(openCollection(folder))).rejects.toThrow('unexpected end of file')
  })

  it('comes along as a sample of workshops', async () => {
    const found = await survey(openCollection(path.resolve(import.meta.dirname, '../../sample')))
    expect(found).toMatchObject({ artists: 6, repeated: 0, artworks: 12 })
    expect(found.levels).toHaveLength(4)
    expect(found.unlisted).toHaveLength(1)
  })
})
