import { describe, expect, it } from 'vitest'
import { isDomainError } from '../errors.ts'
import { beyond, changedRights, checkRights } from './check-rights.ts'
import { mergeRights } from './merge-rights.ts'
import type { RightContext } from './rights-catalogue.ts'

const verdict = (context: RightContext, rights: Record<string, Record<string, unknown>>) => {
  try {
    checkRights(context, rights)
    return 'fine'
  } catch (error) {
    return isDomainError(error) ? error.code : error
  }
}

describe('checking granted rights', () => {
  it.each<[string, RightContext, Record<string, Record<string, unknown>>]>([
    ['fine', 'system', { 'system.datamodel': { level: 'commit' }, 'system.user': { create: true, edit_acl: false } }],
    [
      'fine',
      'pool',
      { read: { objecttype_ids: [3], _grantable: true }, mask: { mask_ids: { 3: [1, 'standard'] } }, asset_upload: { limit: '500MB' } },
    ],
    ['fine', 'object', { asset_download: { versions: ['image.preview'] } }],
    ['UnknownRight', 'system', { 'system.rot': {} }],
    ['UnknownRight', 'system', { read: {} }],
    ['UnknownRight', 'tag', { create: {} }],
    ['UnknownRight', 'object', { toString: {} }],
    ['UnknownRightParam', 'system', { 'system.user': { creates: true } }],
    ['UnknownRightParam', 'system', { 'system.root': { _grantable: true } }],
    ['UnknownRightParam', 'object', { read: { objecttype_ids: [1] } }],
    ['UnknownRightValue', 'system', { 'system.datamodel': { level: 'everything' } }],
    ['UnknownRightValue', 'system', { 'system.user': { create: 1 } }],
    ['UnknownRightValue', 'pool', { read: { objecttype_ids: ['3'] } }],
    ['UnknownRightValue', 'pool', { asset_upload: { limit: 'a lot' } }],
  ])('answers %s in %s for %j', (expected, context, rights) => {
    expect(verdict(context, rights)).toBe(expected)
  })
})

describe('passing rights on', () => {
  it.each([
    ['what one has', { 'system.user': { create: true } }, { 'system.user': { create: true } }, []],
    ['a switch that is off', { 'system.user': {} }, { 'system.user': { create: false } }, []],
    ['a lower level', { 'system.datamodel': { level: 'commit' } }, { 'system.datamodel': { level: 'development' } }, []],
    ['everything, as root', { 'system.root': {} }, { 'system.root': {}, 'system.backup': {} }, []],
    ['a right one lacks', { 'system.user': {} }, { 'system.root': {} }, ['system.root']],
    ['a switch one lacks', { 'system.user': { create: false } }, { 'system.user': { create: true } }, ['system.user']],
    ['a higher level', { 'system.datamodel': { level: 'current' } }, { 'system.datamodel': { level: 'commit' } }, ['system.datamodel']],
  ])('judges %s', (_, own, granted, expected) => {
    expect(beyond(own as never, granted as never)).toEqual(expected)
  })

  it('looks only at what changes', () => {
    expect(changedRights({ a: {}, b: { x: true } }, { a: {}, b: { x: false }, c: {} })).toEqual({
      taken: { b: { x: true } },
      given: { b: { x: false }, c: {} },
    })
  })
})

describe('adding rights up', () => {
  it('takes the union over all sources', () => {
    expect(mergeRights([{ r: { level: 'commit', on: false, ids: [1] } }, { r: { level: 'current', on: true, ids: [2] } }, { s: {} }])).toEqual({
      r: { level: 'commit', on: true, ids: [1, 2] },
      s: {},
    })
  })

  it('reads a missing or empty list as no restriction', () => {
    expect(mergeRights([{ r: { ids: [1] } }, { r: {} }])).toEqual({ r: {} })
    expect(mergeRights([{ r: { ids: [1] } }, { r: { ids: [] } }])).toEqual({ r: {} })
  })
})
