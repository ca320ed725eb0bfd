import { describe, expect, it } from 'vitest'
import { BlobFailure, type BlobStore, type BlobTrouble } from '../ports/blob-store.ts'
import { probe, withoutSecrets } from './probe.ts'

function storeThat(check: () => Promise<void>, closed: () => void = () => undefined): () => BlobStore {
  // Trying a location out asks for nothing else.
  return () => ({ check, close: async () => closed() }) as unknown as BlobStore
}
const trying = { write: true, isUsed: false, secrets: () => [] as string[] }

describe('trying a location out', () => {
  it.each<[BlobTrouble, string]>([
    ['unavailable', 'not accessible'],
    ['denied', 'error'],
    ['misconfigured', 'error'],
    ['full', 'error'],
  ])('says of %s that it is %s', async (trouble, status) => {
    const failing = storeThat(() => Promise.reject(new BlobFailure(trouble, 'why')))
    expect(await probe(failing, trying)).toEqual({ status, message: 'why' })
  })

  it('waits only so long, and closes the store when that comes back', async () => {
    let answer = () => {}
    let closed = false
    const hanging = storeThat(
      () => new Promise((resolve) => (answer = resolve)),
      () => (closed = true),
    )
    const found = await probe(hanging, { ...trying, patienceMs: 10 })
    expect(found).toEqual({ status: 'not accessible', message: 'there was no answer within 0.01 seconds' })
    expect(closed).toBe(false)
    answer()
    await new Promise(setImmediate)
    expect(closed).toBe(true)
  })

  it('makes no place anew where something has to lie', async () => {
    const asked: boolean[] = []
    const empty = () =>
      ({
        async check({ write }: { write: boolean }) {
          asked.push(write)
          if (!write) throw new BlobFailure('misconfigured', 'the folder does not exist')
        },
        close: async () => undefined,
      }) as unknown as BlobStore
    expect(await probe(empty, { ...trying, isUsed: true })).toEqual({ status: 'error', message: 'the folder does not exist' })
    expect(asked).toEqual([false])
    expect(await probe(empty, trying)).toEqual({ status: 'connected', message: '' })
    expect(asked).toEqual([false, true])
  })

  it('says nothing of what comes from inside', async () => {
    const broken = () => {
      throw new Error('the key of the server is hunter2')
    }
    expect(await probe(broken, trying)).toEqual({ status: 'error', message: 'the location cannot be opened' })
  })
})

it('secrets are taken out of messages in every form, whole or in parts', () => {
  const secret = 'AccountName=museum;AccountKey=a/b+c=='
  const said = ['AccountKey=a/b+c==', encodeURIComponent(secret), Buffer.from(secret).toString('base64'), 'a/b+c']
  for (const text of said) expect(withoutSecrets(`refused: ${text}.`, [secret])).not.toMatch(/a\/b|a%2Fb|QWNjb3Vud/)
  expect(withoutSecrets('refused: museums are closed', ['short', 'se'])).toBe('refused: museums are closed')
  expect(withoutSecrets('x'.repeat(2000), [])).toHaveLength(500)
})
