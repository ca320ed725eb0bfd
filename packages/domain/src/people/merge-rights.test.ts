import { describe, expect, it } from 'vitest'
import { mergeRights } from './merge-rights.ts'

const merged = (right: string, ...parameters: Record<string, unknown>[]) => mergeRights(parameters.map((p) => ({ [right]: p })))[right]

describe('merging rights', () => {
  it('unites lists, and a list that is missing lifts the limit', () => {
    expect(merged('asset_download', { versions: ['image.preview'] }, { versions: ['image.full'] })).toEqual({
      versions: ['image.preview', 'image.full'],
    })
    expect(merged('asset_download', { versions: ['image.preview'] }, {})).toEqual({})
    expect(merged('asset_download', { versions: ['image.preview'] }, { versions: [] })).toEqual({})
  })

  it('unites the masks of each object type, and does not limit types that one of them leaves out', () => {
    expect(merged('mask', { mask_ids: { 3: [1], 4: [7] } }, { mask_ids: { 3: ['standard'] } })).toEqual({ mask_ids: { 3: [1, 'standard'] } })
    expect(merged('mask', { mask_ids: { 3: [1] } }, {})).toEqual({})
    expect(merged('mask', { mask_ids: { 3: [1] } }, { mask_ids: { 4: [2] } })).toEqual({})
  })

  it('takes the larger size, whatever its unit, and none where one has none', () => {
    expect(merged('asset_upload', { limit: '900kB' }, { limit: '1MB' })).toEqual({ limit: '1MB' })
    expect(merged('asset_upload', { limit: '1GiB' }, { limit: '1GB' })).toEqual({ limit: '1GiB' })
    expect(merged('asset_upload', { limit: 2_000_000 }, { limit: '1.5 MB' })).toEqual({ limit: 2_000_000 })
    expect(merged('asset_upload', { limit: '1MB' }, {})).toEqual({})
  })

  it('or-s switches', () => {
    expect(merged('read', { _grantable: true }, {})).toEqual({ _grantable: true })
    expect(merged('read', { _grantable: false }, { _grantable: false })).toEqual({ _grantable: false })
  })
})
