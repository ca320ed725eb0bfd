import { describe, expect, it } from 'vitest'
import { hashPassphrase, Passphrase } from './passphrase.ts'

const SALT = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
const HASH = 'scrypt$32768$8$1$00112233445566778899aabbccddeeff$8fc1497a19e43fbf4bb7785a226f5f4a184fd05d320cd730d5c0c6f950d8819b'
const OLDER = 'scrypt$16384$8$1$00112233445566778899aabbccddeeff$f5206d570fcd120bd1f23a8cd186bd87c04ac1db00e9ac1efca589774ae6ecb8'

describe('the passphrase', () => {
  it('is hashed in the form that password files have', async () => {
    expect(await hashPassphrase('correct horse', SALT)).toBe(HASH)
  })

  it('is verified against files of any cost, trailing white space included', async () => {
    for (const line of [HASH, OLDER, `${HASH}\n`]) {
      expect(await Passphrase.fromHash(line).matches('correct horse')).toBe(true)
      expect(await Passphrase.fromHash(line).matches('wrong horse')).toBe(false)
    }
  })

  it('is known for some seconds after it was right, and never when it was wrong', async () => {
    let clock = 0
    const passphrase = Passphrase.fromHash(OLDER, () => clock)
    await passphrase.matches('wrong horse')
    expect(passphrase.isKnown('wrong horse')).toBe(false)
    await passphrase.matches('correct horse')
    expect(passphrase.isKnown('correct horse')).toBe(true)
    clock = 5001
    expect(passphrase.isKnown('correct horse')).toBe(false)
  })

  it.each([
    '',
    'correct horse',
    'scrypt$1$2$3',
    'bcrypt$32768$8$1$00112233445566778899aabbccddeeff$8fc1497a19e43fbf4bb7785a226f5f4a184fd05d320cd730d5c0c6f950d8819b',
  ])('does not take %j for a hash', (line) => {
    expect(() => Passphrase.fromHash(line)).toThrow('cannot be read')
  })
})
