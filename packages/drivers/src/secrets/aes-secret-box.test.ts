import { describe, expect, it } from 'vitest'
import { AesSecretBox } from './aes-secret-box.ts'

const KEY = 'k'.repeat(32)

describe('secrets at rest', () => {
  it('opens what it has sealed, under the same key and context', () => {
    const sealed = new AesSecretBox(KEY).seal('grüße', 'instance/key')
    expect(sealed).not.toContain('grüße')
    expect(new AesSecretBox(KEY).open(sealed, 'instance/key')).toBe('grüße')
  })

  it('never seals the same text to the same bytes', () => {
    const box = new AesSecretBox(KEY)
    expect(box.seal('x', 'c')).not.toBe(box.seal('x', 'c'))
  })

  it('refuses another context, another key, and a changed text', () => {
    const box = new AesSecretBox(KEY)
    const sealed = box.seal('x', 'here')
    expect(() => box.open(sealed, 'there')).toThrow()
    expect(() => new AesSecretBox('q'.repeat(32)).open(sealed, 'here')).toThrow()
    expect(() => box.open(`${sealed.slice(0, -4)}AAAA`, 'here')).toThrow()
    expect(() => box.open('plain', 'here')).toThrow()
  })

  it('does not start with a short key', () => {
    expect(() => new AesSecretBox('short')).toThrow('32')
  })
})
