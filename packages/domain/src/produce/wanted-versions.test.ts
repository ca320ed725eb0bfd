import { describe, expect, it } from 'vitest'
import type { StoredFile } from '../files/file.ts'
import { BUILT_IN_CONFIG, managedBy, type ProduceConfig } from './produce-config.ts'
import { wantedVersions } from './wanted-versions.ts'

const image = (more: Partial<StoredFile> = {}) =>
  ({ class: 'image', extension: 'jpg', produceVersions: true, customProduceConfig: null, technical: {}, ...more }) as StoredFile
const names = (file: StoredFile, config: ProduceConfig = BUILT_IN_CONFIG) => wantedVersions(config, file).map((wanted) => wanted.config.name)
const changed = (change: object): ProduceConfig => ({
  ...BUILT_IN_CONFIG,
  classes: BUILT_IN_CONFIG.classes.map((entry) => ({ ...entry, versions: entry.versions.map((version) => ({ ...version, ...change })) })),
})

describe('the versions that a file is to have', () => {
  it('are those of its class and extension, unless it wants none', () => {
    expect(names(image())).toEqual(['huge', 'preview', 'small'])
    expect(names(image({ produceVersions: false }))).toEqual([])
    expect(names(image({ class: 'office', extension: 'docx' }))).toEqual([])
    expect(names(image({ class: 'office', extension: 'pdf' }))).toEqual(['huge', 'preview', 'small'])
    expect(names(image({ class: 'unknown' }))).toEqual([])
  })

  it('leave out what a small image has no use for', () => {
    const config = changed({ params: { size: 100, size_minimum: 500 } })
    expect(names(image({ technical: { max_dimension: 499 } }), config)).toEqual([])
    expect(names(image({ technical: { max_dimension: 500 } }), config)).toHaveLength(3)
  })

  it('are told apart by everything that they are made by, and by nothing else', () => {
    const hash = (file: StoredFile, config?: ProduceConfig) => wantedVersions(config ?? BUILT_IN_CONFIG, file)[0]?.produceHash
    expect(hash(image())).toBe(hash(image({ id: 5, originalFilepath: 'other.jpg' })))
    expect(hash(image())).toBe(hash(image(), changed({ group: null, standard: false })))
    const custom = { overwrites: [{ match: { version_name: 'huge' }, custom: { quality: 1 } }] }
    expect(hash(image({ customProduceConfig: custom }))).not.toBe(hash(image()))
    expect(hash(image(), changed({ watermark: true }))).not.toBe(hash(image()))
  })

  it('follow what is said for one file, later entries before earlier ones', () => {
    const overwrites = [
      { match: { version_class: 'image' }, custom: { size: 10, quality: 5 } },
      { match: { version_name: 'small' }, custom: { size: 20 } },
      { match: { version_name: 'small', version_class: 'video' }, custom: { size: 30 } },
    ]
    const wanted = wantedVersions(BUILT_IN_CONFIG, image({ customProduceConfig: { overwrites } }))
    expect(wanted.map(({ params }) => [params['size'], params['quality']])).toEqual([
      [10, 5],
      [10, 5],
      [20, 5],
    ])
  })
})

describe('which versions rights decide about', () => {
  it('is all of them but those that the configuration leaves open', () => {
    const managed = managedBy(BUILT_IN_CONFIG)
    expect(managed({ kind: 'rendition', versionName: 'small' })).toBe(false)
    expect(managed({ kind: 'rendition', versionName: 'preview' })).toBe(true)
    expect(managed({ kind: 'manual', versionName: 'small' })).toBe(true)
    expect(managed({ kind: 'original', versionName: null })).toBe(true)
  })
})
