import { describe, expect, it } from 'vitest'
import { hostCandidates, newDomain, normalDomain } from './domain-name.ts'
import { InstanceFailure } from './failure.ts'

describe('the spelling of a domain', () => {
  it('is trimmed, lower case and Unicode', () => {
    expect(normalDomain('  Nora.Assets.EXAMPLE ')).toBe('nora.assets.example')
    expect(normalDomain('xn--mnchen-3ya.example')).toBe('münchen.example')
    expect(normalDomain('MU\u0308NCHEN.example')).toBe('münchen.example')
  })

  it('keeps a port as part of the name', () => {
    expect(normalDomain('Nora.example:8080')).toBe('nora.example:8080')
  })

  it.each([
    '',
    ' ',
    '.',
    '..',
    '.nora',
    'a b',
    'a/b',
    'a,b',
    'a;b',
    'a&b',
    'a?b',
    'a#b',
    'a@b',
    'a|b',
    'a=b',
    "a'b",
    'a"b',
    'a\tb',
    'a\nb',
    'a\0b',
    'xn--\u00fc',
    ':80',
  ])('refuses %j', (text) => {
    expect(normalDomain(text)).toBeUndefined()
  })

  it('refuses words the administration API uses itself, whatever their case', () => {
    for (const word of ['count', 'Contexts', 'checks', 'with-app-version']) expect(() => newDomain(word)).toThrow(InstanceFailure)
    expect(newDomain('count.example')).toBe('count.example')
  })
})

describe('the names a host may be claimed by', () => {
  it('tries the port first and then goes without', () => {
    expect(hostCandidates('Nora.example:8080')).toEqual(['nora.example:8080', 'nora.example'])
    expect(hostCandidates('nora.example')).toEqual(['nora.example'])
  })

  it('ignores the dot of the root, and knows no name for what cannot be one', () => {
    expect(hostCandidates('nora.example.:80')).toEqual(['nora.example:80', 'nora.example'])
    expect(hostCandidates('')).toEqual([])
    expect(hostCandidates('a b')).toEqual([])
  })
})
